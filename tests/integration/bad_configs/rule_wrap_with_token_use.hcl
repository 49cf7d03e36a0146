# expect: 3: auto_auth.method.wrap_ttl leaves no token for use_auto_auth_token
auto_auth {
  method "approle" {
    wrap_ttl = "5m"
    config = {
      role_id_file_path = "/run/role"
    }
  }
  sink "file" {
    config {
      path = "/run/token"
    }
  }
}
api_proxy {
  use_auto_auth_token = true
}
listener "tcp" {
  tls_disable = true
}
