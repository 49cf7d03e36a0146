vault {
  address         = "https://127.0.0.1:1"
  tls_skip_verify = "1"
}
listener "tcp" {
  address     = "127.0.0.1:0"
  tls_disable = true
}
