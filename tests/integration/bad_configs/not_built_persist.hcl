# expect: 3: "persist" is not built yet
cache {
  persist "kubernetes" {
    path = "/vault"
  }
}
listener "tcp" {
  tls_disable = true
}
