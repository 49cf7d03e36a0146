# expect: 5: cache.lifetime.as: must be one of seconds, unix, time, not "minutes"
cache {
  lifetime "custom/x" {
    from = "data.life"
    as   = "minutes"
  }
}
listener "tcp" {
  tls_disable = true
}
