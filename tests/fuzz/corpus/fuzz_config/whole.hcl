pid_file = "/run/a \"b\" \\ ${c "d"}"
log_level = "DEBUG" // mixed
log_file = <<-EOT
    /var/log/
    EOT
exit_after_auth = true
disable_idle_connections = ["caching", "Proxying",]
vault {
  address = "https://u:p@vault.example:8200/x"
  tls_skip_verify = "0"
  namespace = "/a/b"
  client_timeout = 0.25
  retry { num_retries = -1 }
}
auto_auth {
  method "Kubernetes" {
    mount_path = "auth/k8s/"
    min_backoff = "500ms"
    config = { role = "app" }
  }
  sink "file" { config = { path = "/run/token", mode = 0600, gid = 7 } }
  sinks { sink { type = "file"
    config { path = "\x41\u00e9\101" } } }
}
api_proxy { use_auto_auth_token = "Force" 
 token_wait = 1.5 }
cache { max_bytes = "64MiB"
 lifetime "pki/issue/+" { kind = "Certificate" }
 lifetime "a/*" { from = "data.end", as = "time" } }
listener "tcp" {
  address = "127.0.0.1:8100"
  tls_disable = true
  agent_api { enable_quit = true }
}
listener "unix" {
  address = "/run/leasehold.sock"
  socket_mode = "0660"
  socket_user = "0"
  tls_cert_file = "/c"
  tls_key_file = "/k"
  tls_cipher_suites = "TLS_RSA_WITH_AES_128_CBC_SHA"
}
telemetry { metrics_prefix = "lh" }
limits { max_connections = 0x100 }
