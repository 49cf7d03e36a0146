# expect: 2: "log_rotate_max_files" is not built yet: log rotation is not built yet, use logrotate with SIGHUP
log_rotate_max_files = 5
listener "tcp" {
  tls_disable = true
}
