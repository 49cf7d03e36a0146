# expect: 3: cache.lifetime: its label must have its * at the end
cache {
  lifetime "pki/*/issue" {
    kind = "certificate"
  }
}
listener "tcp" {
  tls_disable = true
}
