listener "unix" {
  address     = "agent.sock"
  tls_disable = true
}
