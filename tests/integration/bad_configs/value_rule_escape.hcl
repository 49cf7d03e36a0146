# expect: 5: listener.rule.paths: must be written without escapes and without a query
listener "tcp" {
  tls_disable = true
  rule "deny" {
    paths = ["secret/a%2Fb"]
  }
}
