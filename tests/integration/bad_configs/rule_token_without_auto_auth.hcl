# expect: 2: use_auto_auth_token needs an auto_auth block
api_proxy {
  use_auto_auth_token = true
}
listener "tcp" {
  tls_disable = true
}
