# expect: 4: listener.rule: its label must be "allow" or "deny", not "permit"
listener "tcp" {
  tls_disable = true
  rule "permit" {
    paths = ["secret/*"]
  }
}
