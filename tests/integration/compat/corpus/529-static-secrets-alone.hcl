vault {
  address = "http://127.0.0.1:1"
}
cache {
  cache_static_secrets = true
}
auto_auth {
  method "approle" {
    config = {
      role_id_file_path = "role-id"
    }
  }
}
listener "tcp" {
  address     = "127.0.0.1:0"
  tls_disable = true
}
