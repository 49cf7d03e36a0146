# expect: 4: api_proxy.token_wait: must be a duration
api_proxy {

  token_wait = "soon"
}
listener "tcp" {
  tls_disable = true
}
