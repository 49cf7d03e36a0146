# A short form of etc/leasehold-pod.hcl; leasehold.conf(5) knows every key.
vault {
  address = "https://vault.vault.svc:8200"
  ca_cert = "/etc/vault-ca/ca.crt"
}

auto_auth {
  method "kubernetes" {
    config {
      role = "app"
    }
  }
}

api_proxy {
  use_auto_auth_token = true
}

cache {
  max_bytes = "16MiB"
}

# For the application, which shares the loopback of the pod.
listener "tcp" {
  address     = "127.0.0.1:8200"
  tls_disable = true
}

# For the probes of the kubelet and for Prometheus, who come from outside of
# the pod. Health, readiness and figures are told here, and nothing else.
listener "tcp" {
  address      = "0.0.0.0:9102"
  allow_remote = true
  role         = "metrics_only"
  tls_disable  = true
}

log_format = "json"
