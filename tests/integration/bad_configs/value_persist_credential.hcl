# expect: 3: cache.persist.credential: must be a name
cache {
  persist "credential" {
    path       = "/vault"
    credential = "../key"
  }
}
listener "tcp" {
  tls_disable = true
}
