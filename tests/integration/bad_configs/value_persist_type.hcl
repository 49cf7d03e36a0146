# expect: 3: unknown persist type "bolt"; kubernetes, file or credential
cache {
  persist "bolt" {
    path = "/vault"
  }
}
listener "tcp" {
  tls_disable = true
}
