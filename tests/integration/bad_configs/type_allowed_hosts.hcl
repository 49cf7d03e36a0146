# expect: 4: listener.allowed_hosts: must be a list, in brackets, not text
listener "tcp" {
  tls_disable = true
  allowed_hosts = "localhost"
}
