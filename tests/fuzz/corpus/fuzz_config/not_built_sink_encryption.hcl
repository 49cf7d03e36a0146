# expect: 9: "dh_type" is not built yet
auto_auth {
  method "approle" {
    config = {
      role_id_file_path = "/run/role"
    }
  }
  sink "file" {
    dh_type = "curve25519"
    dh_path = "/run/dh"
    config {
      path = "/run/token"
    }
  }
}
