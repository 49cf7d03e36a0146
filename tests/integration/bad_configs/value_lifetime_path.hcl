# expect: 3: cache.lifetime: its label must begin with a namespace or mount, not with / or v1/
cache {
  lifetime "/v1/pki/issue/web" {
    kind = "certificate"
  }
}
listener "tcp" {
  tls_disable = true
}
