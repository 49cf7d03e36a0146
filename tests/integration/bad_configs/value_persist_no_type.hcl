# expect: 3: cache.persist: its type is missing
cache {
  persist {
    path = "/vault"
  }
}
listener "tcp" {
  tls_disable = true
}
