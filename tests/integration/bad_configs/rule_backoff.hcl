# expect: 3: auto_auth.method: min_backoff is greater than max_backoff
auto_auth {
  method "approle" {
    min_backoff = "10s"
    max_backoff = "5s"
    config {
      role_id_file_path = "/run/role"
    }
  }
  sink "file" {
    config = {
      path = "/run/token"
    }
  }
}
