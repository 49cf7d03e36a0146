vault {
  address = "http://127.0.0.1:1"
}
listener "udp" {
  address     = "127.0.0.1:0"
  tls_disable = true
}
