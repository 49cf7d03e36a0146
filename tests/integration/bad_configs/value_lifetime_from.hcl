# expect: 3: cache.lifetime.from: must be keys with dots between, as in data.ttl
cache {
  lifetime "custom/x" {
    from = "data..ttl"
  }
}
listener "tcp" {
  tls_disable = true
}
