# expect: 13: use_auto_auth_token is given in cache and in api_proxy
auto_auth {
  method "approle" {
    config = {
      role_id_file_path = "/run/role"
    }
  }
}

api_proxy {
  use_auto_auth_token = true
}
cache {
  use_auto_auth_token = true
}
listener "tcp" {
  tls_disable = true
}
