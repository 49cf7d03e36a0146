# expect: 9: auto_auth.sink.dh_type: must be one of curve25519, not "p256"
auto_auth {
  method "approle" {
    config = {
      role_id_file_path = "/run/role"
    }
  }
  sink "file" {
    dh_type = "p256"
    dh_path = "/run/dh"
    config {
      path = "/run/token"
    }
  }
}
