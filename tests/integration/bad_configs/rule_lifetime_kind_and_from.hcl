# expect: 3: cache.lifetime: needs either kind or from
cache {
  lifetime "kv1/app/*" {
    kind = "ttl"
    from = "data.ttl"
  }
}
listener "tcp" {
  tls_disable = true
}
