# expect: 3: cache.static "secret/*/a": a * stands at the end
cache {
  static "secret/*/a" { }
}
listener "tcp" {
  tls_disable = true
}
