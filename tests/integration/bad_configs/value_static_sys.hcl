# expect: 3: cache.static "sys/*": nothing under sys/ or auth/ is kept
cache {
  static "sys/*" { }
}
listener "tcp" {
  tls_disable = true
}
