vault {
  address = "http://127.0.0.1:1"
}
listener "tcp" {
  address           = "127.0.0.1:0"
  tls_cert_file     = "cert.pem"
  tls_key_file      = "key.pem"
  tls_cipher_suites = "TLS_RSA_WITH_ROT13"
}
