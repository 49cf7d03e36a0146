# expect: 2: vault takes no label
vault "main" {
  address = "http://127.0.0.1:8201"
}
listener "tcp" {
  tls_disable = true
}
