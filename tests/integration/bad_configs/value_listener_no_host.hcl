# expect: say "allow_remote = true" in this listener
listener "tcp" {
  address     = ":8200"
  tls_disable = true
}
