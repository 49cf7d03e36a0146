# expect: 2: listener needs "tls_cert_file", or tls_disable = true
listener "tcp" {
  address = "127.0.0.1:8200"
}
