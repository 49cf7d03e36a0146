vault {
  address = "http://127.0.0.1:1"
}
api_proxy {
  enforce_consistency = "sometimes"
}
listener "tcp" {
  address     = "127.0.0.1:0"
  tls_disable = true
}
