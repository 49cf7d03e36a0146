# expect: 4: listener.allowed_hosts: must hold hosts as clients name them
listener "tcp" {
  tls_disable = true
  allowed_hosts = ["http://localhost"]
}
