# expect: 10: unknown key "file" in auto_auth.sink.config
auto_auth {
  method "approle" {
    config = {
      role_id_file_path = "/run/role"
    }
  }
  sink "file" {
    config {
      file = "/run/token"
    }
  }
}
