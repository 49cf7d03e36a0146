# expect: 2: listener.address: must be host:port
listener "tcp" {
  address = "127.0.0.1"
  tls_disable = true
}
