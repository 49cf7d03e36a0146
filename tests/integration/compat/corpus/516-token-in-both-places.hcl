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
cache {
  use_auto_auth_token = true
}
api_proxy {
  use_auto_auth_token = true
}
listener "tcp" {
  address     = "127.0.0.1:0"
  tls_disable = true
}
