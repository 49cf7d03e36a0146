vault {
  address = "http://127.0.0.1:1"
}
api_proxy {
  when_inconsistent = "panic"
}
listener "tcp" {
  address     = "127.0.0.1:0"
  tls_disable = true
}
