# expect: 2: cache.cache_static_secrets needs an auto_auth block
cache {
  cache_static_secrets = true
}
listener "tcp" {
  tls_disable = true
}
