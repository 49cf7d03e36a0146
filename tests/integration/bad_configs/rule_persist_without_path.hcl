# expect: 3: cache.persist: needs path
cache {
  persist "kubernetes" { }
}
listener "tcp" {
  tls_disable = true
}
