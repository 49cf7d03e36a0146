# leasehold as a daemon of a host, for the programs of one group. The Debian
# package installs this as /etc/leasehold/leasehold.hcl.
#
# They speak HTTP over the unix socket:
#   curl --unix-socket /run/leasehold/vault.sock http://v/v1/secret/data/app
# or VAULT_ADDR=unix:///run/leasehold/vault.sock. Every key is in
# leasehold.conf(5); what stands behind "#" is optional.

pid_file = "/run/leasehold/leasehold.pid"

# The unit of systemd starts it as its own user. Started as root instead, it
# becomes this user for good once its sockets are open; the user must be able
# to read the credentials below, and owns /run/leasehold.
process {
  # user     = "leasehold"
  # group    = "leasehold"
  # seccomp  = true
  # landlock = true
}

log_level = "info"
# log_file = "/var/log/leasehold/leasehold.log"

vault {
  address = "https://vault.example:8200"
  ca_cert = "/etc/leasehold/vault-ca.pem"

  # All nodes of a cluster, where no load balancer stands before them.
  # address = ["https://vault-0.example:8200", "https://vault-1.example:8200",
  #   "https://vault-2.example:8200"]
  # health_interval = "10s"

  # tls_server_name = "vault.example"

  retry {
    num_retries = 12
  }
}

# An AppRole. Both ids are put into /etc/leasehold/credentials, which only root
# can read; systemd hands the files to the service, read-only and each with
# "vault_" before its name. They are kept, so that a restart can log in again;
# a secret id that is to be used once cannot be given this way.
auto_auth {
  method "approle" {
    # mount_path  = "auth/approle"
    min_backoff = "1s"
    max_backoff = "5m"

    config {
      role_id_file_path                   = "/run/credentials/leasehold.service/vault_role-id"
      secret_id_file_path                 = "/run/credentials/leasehold.service/vault_secret-id"
      remove_secret_id_file_after_reading = false
    }
  }
}

api_proxy {
  use_auto_auth_token = true
}

cache {
  max_entries = 50000
  max_bytes   = "128MiB"

  # Leases that make room for others are given back to Vault.
  # revoke_evicted = true

  # A mount with passthrough_request_headers may answer by these.
  # key_headers = ["X-Request-Region"]

  # Secrets that live without a lease are kept only where that is said.
  # lifetime "pki/issue/+"             { kind = "certificate" }
  # lifetime "database/static-creds/+" { kind = "static-role" }

  # A restart finds leases, secrets and our token again, also with Vault down.
  # The file is sealed; the key is derived from 16 bytes or more, here of a
  # credential of the unit, /etc/leasehold/credentials/cache-key.
  # persist "credential" {
  #   path       = "/var/lib/leasehold"
  #   credential = "vault_cache-key"
  # }
}

# Who may open the socket may use the token: its mode and group are the guard.
# With leasehold.socket, systemd opens it: "/run/leasehold.sock".
listener "unix" {
  address     = "/run/leasehold/vault.sock"
  tls_disable = true
  socket_mode = "0660"
  # socket_group = "app"

  # Asked of the kernel for each connection; a mode can be changed by accident.
  # allow_uids = ["app"]
  # allow_gids = ["app-admins"]
}

# For programs that speak TCP only. Every user of the host reaches it.
# listener "tcp" {
#   address                = "127.0.0.1:8200"
#   tls_disable            = true
#   require_request_header = true
# }

limits {
  max_connections = 4096
}

# What leasehold asks of Vault by itself: renewals, replacements, logins.
background {
  per_second  = 5
  max_running = 4
}

shutdown_timeout = "15s"

# For collectors that do not come and read /leasehold/v1/metrics. With the
# block there, /agent/v1/metrics and /proxy/v1/metrics know the format of
# Prometheus too, not only their summary in JSON.
# telemetry {
#   statsd_address = "127.0.0.1:8125"
#   # dogstatsd_addr   = "127.0.0.1:8125"
#   # dogstatsd_tags   = ["env:prod"]
#   # metrics_prefix   = "vault"
#   # disable_hostname = true
# }

# Lines go to standard error, and so to the journal; without systemd:
# log_output   = "syslog"
# log_facility = "daemon"
# A file is kept as well:
# log_file             = "/var/log/leasehold/"
# log_rotate_bytes     = "64MiB"
# log_rotate_duration  = "24h"
# log_rotate_max_files = 7
