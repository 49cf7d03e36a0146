# expect: 3: cache.max_bytes: must be a size
cache {
  max_bytes = "much"
}
listener "tcp" {
  tls_disable = true
}
