vault {
  address   = "https://vault.vault.svc:8200"
  ca_cert   = "/etc/vault-ca/ca.crt"
  namespace = "team"
}

auto_auth {
  method "kubernetes" {
    config {
      role = "web"
    }
  }
}

api_proxy {
  use_auto_auth_token = true
}

cache {
  max_bytes = "32MiB"

  static "secret/*" {
    ttl            = "60s"
    stale_if_error = "1h"
  }
}

listener "tcp" {
  address     = "127.0.0.1:8200"
  tls_disable = true

  rule "allow" {
    methods = ["GET"]
    paths   = ["secret/data/web/*", "database/creds/web", "/leasehold/v1/*"]
  }
}

listener "tcp" {
  address      = "0.0.0.0:9102"
  allow_remote = true
  role         = "metrics_only"
  tls_disable  = true
}

log_format = "json"
