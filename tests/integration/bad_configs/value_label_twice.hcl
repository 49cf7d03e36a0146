# expect: 2: listener takes one label
listener "tcp" "main" {
  tls_disable = true
}
