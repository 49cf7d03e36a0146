vault {
  address     = "https://127.0.0.1:1"
  client_cert = "cert.pem"
}
listener "tcp" {
  address     = "127.0.0.1:0"
  tls_disable = true
}
