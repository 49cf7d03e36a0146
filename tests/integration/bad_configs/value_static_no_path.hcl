# expect: 3: cache.static "": it needs a path
cache {
  static { }
}
listener "tcp" {
  tls_disable = true
}
