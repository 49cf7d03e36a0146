# expect: 4: listener.role: must be one of default, metrics_only
listener "tcp" {
  tls_disable = true
  role = "metrics"
}
