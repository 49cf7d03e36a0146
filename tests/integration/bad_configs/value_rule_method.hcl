# expect: 5: listener.rule.methods: must name methods in capitals, such as GET or LIST, not "get"
listener "tcp" {
  tls_disable = true
  rule "allow" {
    methods = ["get"]
  }
}
