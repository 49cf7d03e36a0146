# expect: 3: "cache_static_secrets" is not built yet
cache {
  cache_static_secrets = true
}
listener "tcp" {
  tls_disable = true
}
