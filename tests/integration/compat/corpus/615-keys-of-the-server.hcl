vault {
  address = "http://127.0.0.1:1"
}
listener "tcp" {
  address     = "127.0.0.1:0"
  tls_disable = true
  max_request_size     = 1024
  max_request_duration = "90s"
  http_read_timeout    = "10s"
  x_forwarded_for_authorized_addrs = "10.0.0.0/8"
  custom_response_headers {
    "default" = {
      "X-Frame-Options" = ["DENY"]
    }
  }
}
