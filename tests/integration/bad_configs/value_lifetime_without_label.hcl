# expect: 3: cache.lifetime: its label must be the path of a secret, as it stands in a request
cache {
  lifetime {
    kind = "certificate"
  }
}
listener "tcp" {
  tls_disable = true
}
