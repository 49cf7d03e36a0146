# expect: 8: at most one "method" block is allowed
auto_auth {
  method "approle" {
    config = {
      role_id_file_path = "/run/role"
    }
  }
  method "approle" {
    config = {
      role_id_file_path = "/run/role"
    }
  }
  sink "file" {
    config = {
      path = "/run/token"
    }
  }
}
