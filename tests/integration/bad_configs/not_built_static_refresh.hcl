# expect: 3: "static_secret_token_capability_refresh_interval" is not built yet
cache {
  static_secret_token_capability_refresh_interval = "5m"
}
listener "tcp" {
  tls_disable = true
}
