# expect: 3: "statsd_address" is not built yet
telemetry {
  statsd_address = "127.0.0.1:8125"
}
listener "tcp" {
  tls_disable = true
}
