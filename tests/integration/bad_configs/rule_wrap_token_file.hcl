# expect: 3: auto_auth.method.wrap_ttl: method "token_file" never logs in
auto_auth {
  method "token_file" {
    wrap_ttl = "5m"
    config {
      token_file_path = "/run/other-token"
    }
  }
  sink "file" {
    config {
      path = "/run/token"
    }
  }
}
