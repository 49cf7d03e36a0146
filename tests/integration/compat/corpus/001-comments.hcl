# one kind
// another
/* a third,
   over two lines */
vault {
  address = "http://127.0.0.1:1"
}
listener "tcp" {
  address     = "127.0.0.1:0"
  tls_disable = true
}
log_level = "warn" # behind a value
