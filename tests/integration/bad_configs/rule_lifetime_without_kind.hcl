# expect: 3: cache.lifetime: needs either kind or from
cache {
  lifetime "kv1/app/*" {
  }
}
listener "tcp" {
  tls_disable = true
}
