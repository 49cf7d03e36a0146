# expect: 5: listener.address: 127.0.0.1:8200 is also that of the listener on line 2
listener "tcp" {
  tls_disable = true
}
listener "tcp" {
  tls_disable = true
}
