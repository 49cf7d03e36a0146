# expect: 3: cache.static "kv/a+/b": a + stands for a whole segment
cache {
  static "kv/a+/b" { }
}
listener "tcp" {
  tls_disable = true
}
