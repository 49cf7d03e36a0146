vault {
  address = "http://127.0.0.1:1"
}
listener "unix" {
  address     = "agent.sock"
  tls_disable = true
  socket_mode = "0600"
}
