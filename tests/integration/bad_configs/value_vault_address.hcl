# expect: 3: vault.address: must be http://host[:port]
vault {
  address = "127.0.0.1:8200"
}
listener "tcp" {
  tls_disable = true
}
