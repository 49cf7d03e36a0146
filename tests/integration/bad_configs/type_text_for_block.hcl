# expect: 2: vault: must be a block, not text
vault = "http://127.0.0.1:8201"
listener "tcp" {
  tls_disable = true
}
