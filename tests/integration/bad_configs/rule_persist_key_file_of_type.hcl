# expect: 3: cache.persist.key_file: goes with the type file
cache {
  persist "credential" {
    path       = "/vault"
    credential = "key"
    key_file   = "/key"
  }
}
listener "tcp" {
  tls_disable = true
}
