vault {
  address = "http://127.0.0.1:1"
}
cache {
  persist "kubernetes" {
    path = "cache"
    service_account_token_file = "jwt"
  }
}
listener "tcp" {
  address     = "127.0.0.1:0"
  tls_disable = true
}
