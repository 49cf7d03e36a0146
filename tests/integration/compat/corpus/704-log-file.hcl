vault {
  address = "http://127.0.0.1:1"
}
listener "tcp" {
  address     = "127.0.0.1:0"
  tls_disable = true
}
log_file             = "agent.log"
log_rotate_duration  = "1h"
log_rotate_bytes     = 1048576
log_rotate_max_files = 3
