# expect: 2: vault.client_cert and vault.client_key
vault {
  client_cert = "/etc/ssl/a.pem"
}
listener "tcp" {
  tls_disable = true
}
