# expect: 4: at most one "cache" block is allowed; the first is on line 2
cache {
}
cache {
}
listener "tcp" {
  tls_disable = true
}
