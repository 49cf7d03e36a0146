# expect: 4: max_request_size: must be a whole number
listener "tcp" {
  tls_disable = true
  max_request_size = "huge"
}
