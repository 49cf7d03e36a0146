# expect: 6: cache.lifetime: its label must not be that of another lifetime
cache {
  lifetime "kv1/app/*" {
    kind = "ttl"
  }
  lifetime "kv1/app/*" {
    from = "data.expires"
  }
}
listener "tcp" {
  tls_disable = true
}
