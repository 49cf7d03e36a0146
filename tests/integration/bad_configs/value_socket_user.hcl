# expect: 5: listener.socket_user: there is no user "no-such-user-here"
listener "unix" {
  address = "/run/leasehold.sock"
  tls_disable = true
  socket_user = "no-such-user-here"
}
