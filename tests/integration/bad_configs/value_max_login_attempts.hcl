# expect: 6: auto_auth.method.max_login_attempts: must be a whole number
vault {
}
auto_auth {
  method "approle" {
    max_login_attempts = -1
    config = {
      role_id_file_path = "/run/role"
    }
  }
  sink "file" {
    config {
      path = "/run/token"
    }
  }
}
