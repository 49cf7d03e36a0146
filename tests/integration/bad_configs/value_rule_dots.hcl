# expect: 5: listener.rule.paths: must not hold empty segments or dots alone
listener "tcp" {
  tls_disable = true
  rule "deny" {
    paths = ["secret/../sys"]
  }
}
