# expect: 3: auto_auth.method.wrap_ttl needs exactly one sink, not 0
auto_auth {
  method "approle" {
    wrap_ttl = "5m"
    config = {
      role_id_file_path = "/run/role"
    }
  }
}
api_proxy {
  use_auto_auth_token = false
}
listener "tcp" {
  tls_disable = true
}
