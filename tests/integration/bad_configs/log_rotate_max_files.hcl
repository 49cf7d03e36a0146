# expect: 2: log_rotate_max_files: must be a whole number from -1
log_rotate_max_files = -2
listener "tcp" {
  tls_disable = true
}
