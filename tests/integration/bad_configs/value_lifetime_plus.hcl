# expect: 3: cache.lifetime: its label must have + in place of a whole segment
cache {
  lifetime "pki/web+" {
    kind = "certificate"
  }
}
listener "tcp" {
  tls_disable = true
}
