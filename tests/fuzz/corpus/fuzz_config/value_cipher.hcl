# expect: 3: listener.tls_cipher_suites: knows no cipher suite "TLS_NULL"
listener "tcp" {
  tls_cipher_suites = "TLS_NULL"
  tls_disable = true
}
