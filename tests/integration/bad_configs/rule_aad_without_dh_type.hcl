# expect: 8: auto_auth.sink: aad and aad_env_var need dh_type
auto_auth {
  method "approle" {
    config = {
      role_id_file_path = "/run/role"
    }
  }
  sink "file" {
    aad = "app"
    config {
      path = "/run/token"
    }
  }
}
