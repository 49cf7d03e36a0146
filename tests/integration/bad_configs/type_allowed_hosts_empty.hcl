# expect: 4: listener.allowed_hosts: must have from 1 to 64 members
listener "tcp" {
  tls_disable = true
  allowed_hosts = []
}
