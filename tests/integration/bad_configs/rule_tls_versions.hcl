# expect: 2: listener: tls_min_version is above tls_max_version
listener "tcp" {
  tls_cert_file = "/etc/ssl/a.pem"
  tls_key_file = "/etc/ssl/a.key"
  tls_min_version = "tls13"
  tls_max_version = "tls12"
}
