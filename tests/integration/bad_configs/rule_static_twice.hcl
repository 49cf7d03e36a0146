# expect: 4: cache.static "secret/*" is given twice
cache {
  static "secret/*" { }
  static "/v1/secret/*" { }
}
listener "tcp" {
  tls_disable = true
}
