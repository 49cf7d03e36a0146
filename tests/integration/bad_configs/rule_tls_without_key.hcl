# expect: 2: listener needs "tls_key_file", or tls_disable = true
listener "tcp" {
  tls_cert_file = "/etc/ssl/a.pem"
}
