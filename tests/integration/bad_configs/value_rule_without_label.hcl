# expect: 4: listener.rule: its label must be "allow" or "deny", not ""
listener "tcp" {
  tls_disable = true
  rule {
    paths = ["secret/*"]
  }
}
