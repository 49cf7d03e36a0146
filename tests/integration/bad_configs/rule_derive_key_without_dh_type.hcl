# expect: 8: auto_auth.sink: derive_key needs dh_type
auto_auth {
  method "approle" {
    config = {
      role_id_file_path = "/run/role"
    }
  }
  sink "file" {
    derive_key = true
    config {
      path = "/run/token"
    }
  }
}
