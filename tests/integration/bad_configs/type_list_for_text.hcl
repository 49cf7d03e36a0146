# expect: 3: vault.ca_cert: must be text in double quotes, not a list
vault {
  ca_cert = ["/etc/ssl/ca.pem"]
}
