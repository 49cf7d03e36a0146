vault {
  address = "http://127.0.0.1:1"
}
listener "tcp" {
  address       = "127.0.0.1:0"
  tls_cert_file = "no-such-cert.pem"
  tls_key_file  = "no-such-key.pem"
}
