# expect: 3: cache.static_secret_token_capability_refresh_behavior: must be one of
cache {
  static_secret_token_capability_refresh_behavior = "hopeful"
}
listener "tcp" {
  tls_disable = true
}
