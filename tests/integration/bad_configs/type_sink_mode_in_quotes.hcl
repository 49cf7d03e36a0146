# expect: 11: auto_auth.sink.config.mode: must be a number such as 0640 without quotes
auto_auth {
  method "approle" {
    config = {
      role_id_file_path = "/run/role"
    }
  }
  sink "file" {
    config {
      path = "/run/token"
      mode = "0640"
    }
  }
}
