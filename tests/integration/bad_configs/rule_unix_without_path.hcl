# expect: 2: listener.address: a unix listener needs the path of its socket
listener "unix" {
  tls_disable = true
}
