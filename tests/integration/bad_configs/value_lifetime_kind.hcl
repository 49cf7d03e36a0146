# expect: 4: cache.lifetime.kind: must be one of certificate, ttl, static-role, security-token, not "pki"
cache {
  lifetime "pki/issue/+" {
    kind = "pki"
  }
}
listener "tcp" {
  tls_disable = true
}
