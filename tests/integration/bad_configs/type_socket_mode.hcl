# expect: 5: listener.socket_mode: must be octal permission bits
listener "unix" {
  address = "/run/leasehold.sock"
  tls_disable = true
  socket_mode = "rw-rw----"
}
