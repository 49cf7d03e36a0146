# expect: 2: log_level: must be one of error, err, warn, warning, info, notice, debug, trace, not "loud"
log_level = "loud"
listener "tcp" {
  tls_disable = true
}
