# expect: 5: unknown key "path" in listener.rule; did you mean "paths"?
listener "tcp" {
  tls_disable = true
  rule "deny" {
    path = ["secret/x"]
  }
}
