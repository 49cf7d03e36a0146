# expect: 6: at most one "persist" block is allowed
cache {
  persist "kubernetes" {
    path = "/vault"
  }
  persist "kubernetes" {
    path = "/vault"
  }
}
listener "tcp" {
  tls_disable = true
}
