# expect: 3: api_proxy.use_auto_auth_token: must be true, false or "force"
api_proxy {
  use_auto_auth_token = "always"
}
listener "tcp" {
  tls_disable = true
}
