# expect: 3: "disable_caching_dynamic_secrets" is not built yet
cache {
  disable_caching_dynamic_secrets = true
}
listener "tcp" {
  tls_disable = true
}
