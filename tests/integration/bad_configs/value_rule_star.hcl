# expect: 5: listener.rule.paths: must have its * at the end, not "secret/*/app"
listener "tcp" {
  tls_disable = true
  rule "allow" {
    paths = ["secret/*/app"]
  }
}
