# expect: 4: "tls_acme_domains" is not built yet
listener "tcp" {
  tls_disable = true
  tls_acme_domains = ["a.example"]
}
