# expect: 3: cache.key_headers: must hold names of header fields, such as "X-Request-Region", not "X Region"
cache {
  key_headers = ["X-Request-Region", "X Region"]
}
listener "tcp" {
  address     = "127.0.0.1:0"
  tls_disable = true
}
