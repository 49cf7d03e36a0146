# expect: 3: cache.lifetime: as goes with from; a kind knows its own
cache {
  lifetime "pki/issue/+" {
    kind = "certificate"
    as   = "unix"
  }
}
listener "tcp" {
  tls_disable = true
}
