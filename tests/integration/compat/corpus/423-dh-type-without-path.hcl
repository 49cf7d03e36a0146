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
    dh_type = "curve25519"
    config = {
      path = "token"
    }
  }
}
