vault {
  address = "http://127.0.0.1:1"
}
auto_auth {
  method {
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
