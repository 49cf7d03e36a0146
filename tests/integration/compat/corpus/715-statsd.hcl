vault {
  address = "http://127.0.0.1:1"
}
listener "tcp" {
  address     = "127.0.0.1:0"
  tls_disable = true
}
telemetry {
  statsd_address  = "127.0.0.1:8125"
  dogstatsd_addr  = "127.0.0.1:8125"
  dogstatsd_tags  = ["env:test"]
  prefix_filter   = ["-web.a"]
}
