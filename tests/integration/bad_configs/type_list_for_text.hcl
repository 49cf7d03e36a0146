# expect: 3: vault.address: must be an address in double quotes, not a list
vault {
  address = ["http://127.0.0.1:8201"]
}
listener "tcp" {
  tls_disable = true
}
