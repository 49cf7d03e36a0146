# leasehold beside an application in a Kubernetes pod.
#
# The application gets VAULT_ADDR=http://127.0.0.1:8200 and no token. Every key
# is in leasehold.conf(5); what stands behind "#" is optional.

vault {
  address = "https://vault.vault.svc:8200"
  ca_cert = "/etc/vault-ca/ca.crt"
  # namespace = "team-a"

  # The pods of Vault themselves: a sealed or lost one costs no request.
  # address = ["https://vault-0.vault-internal.vault.svc:8200",
  #   "https://vault-1.vault-internal.vault.svc:8200",
  #   "https://vault-2.vault-internal.vault.svc:8200"]
}

# Log in as the service account of the pod. Vault needs a role for it:
#   vault write auth/kubernetes/role/app \
#     bound_service_account_names=app bound_service_account_namespaces=prod \
#     token_policies=app
auto_auth {
  # With the pod ends its token, and all that was got with it.
  # revoke_on_exit = true

  method "kubernetes" {
    # mount_path         = "auth/kubernetes"
    # max_login_attempts = 20
    config {
      role = "app"
    }
  }

  # Only for programs that want the token itself.
  # sink "file" {
  #   config {
  #     path = "/run/leasehold/token"
  #     mode = 0640
  #   }
  #   # Encrypted for the program that has put its public key there:
  #   # dh_type    = "curve25519"
  #   # dh_path    = "/run/leasehold/reader.json"
  #   # derive_key = true
  #   # Wrapped, to be unwrapped once within:
  #   # wrap_ttl = "5m"
  # }
}

# Requests without a token are sent with ours. "force": all of them are, and a
# token that the application has is ignored.
api_proxy {
  use_auto_auth_token = true
  # token_wait = "10s"
}

# Leased answers are kept, renewed and replaced. A pod is small: so is this.
cache {
  max_bytes = "16MiB"

  # KV secrets are read from here as well, and for an hour while Vault is away.
  # What others change is seen within the ttl.
  # static "secret/*" {
  #   ttl            = "60s"
  #   revalidate     = "30s"
  #   stale_if_error = "1h"
  # }

  # A container that starts again finds its leases, secrets and token on a
  # volume of the pod, sealed with the token of its service account.
  # persist "kubernetes" {
  #   path              = "/leasehold/cache"
  #   keep_after_import = true
  # }
}

# Only processes of the pod reach its loopback.
listener "tcp" {
  address     = "127.0.0.1:8200"
  tls_disable = true

  # Requests that web pages make a browser send are refused anyway; this asks
  # of every request a header that says it is meant for Vault.
  # require_request_header = true

  # What the application needs, and nothing else: with an allow rule, what no
  # rule fits is refused. The first rule that fits counts.
  # rule "allow" {
  #   methods = ["GET", "LIST"]
  #   paths   = ["secret/data/app/*", "secret/metadata/app/*"]
  # }
  # rule "allow" {
  #   paths = ["transit/+/app", "database/creds/app", "/leasehold/v1/*"]
  # }

  # A job that ends can take its sidecar along: POST /agent/v1/quit
  # agent_api {
  #   enable_quit = true
  # }
}

# For probes and Prometheus; nothing that needs a token is answered here. It is
# open to the network of the pod without TLS, and leasehold says so at start.
# listener "tcp" {
#   address      = "0.0.0.0:9102"
#   allow_remote = true
#   role         = "metrics_only"
#   tls_disable  = true
# }

log_format = "json"
