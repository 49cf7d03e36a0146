# expect: 4: cache.static.ttl: must be a duration
cache {
  static "secret/*" {
    ttl = "soon"
  }
}
listener "tcp" {
  tls_disable = true
}
