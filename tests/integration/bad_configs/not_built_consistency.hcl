# expect: 3: api_proxy.enforce_consistency: "always" is not built yet
api_proxy {
  enforce_consistency = "always"
}
listener "tcp" {
  tls_disable = true
}
