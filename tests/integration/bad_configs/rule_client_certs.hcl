# expect: 2: listener: tls_disable_client_certs excludes
listener "tcp" {
  tls_cert_file = "/etc/ssl/a.pem"
  tls_key_file = "/etc/ssl/a.key"
  tls_disable_client_certs = true
  tls_client_ca_file = "/etc/ssl/ca.pem"
}
