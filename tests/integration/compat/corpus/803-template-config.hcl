vault {
  address = "http://127.0.0.1:1"
}
auto_auth {
  method "approle" {
    config = {
      role_id_file_path = "role-id"
    }
  }
  sink "file" {
    config = {
      path = "token"
    }
  }
}
template_config {
  exit_on_retry_failure         = true
  static_secret_render_interval = "10m"
}
