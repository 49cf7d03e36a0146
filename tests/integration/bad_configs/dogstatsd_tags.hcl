# expect: 3: telemetry.dogstatsd_tags: must hold tags without blanks
telemetry {
  dogstatsd_tags = ["one two"]
}
listener "tcp" {
  tls_disable = true
}
