# expect: 3: "statsite_address" is not built yet
telemetry {
  statsite_address = "127.0.0.1:8125"
}
listener "tcp" {
  tls_disable = true
}
