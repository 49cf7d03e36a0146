vault {
  address = "http://127.0.0.1:1"
}
listener "tcp" {
  address     = "127.0.0.1:0"
  tls_disable = true
}
telemetry {
  prometheus_retention_time = "30s"
  disable_hostname          = true
  metrics_prefix            = "web"
}
