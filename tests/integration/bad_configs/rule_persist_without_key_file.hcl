# expect: 3: cache.persist: needs key_file
cache {
  persist "file" {
    path = "/vault"
  }
}
listener "tcp" {
  tls_disable = true
}
