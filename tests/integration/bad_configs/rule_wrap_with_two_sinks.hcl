# expect: 3: auto_auth.method.wrap_ttl needs exactly one sink, not 2
auto_auth {
  method "approle" {
    wrap_ttl = "5m"
    config = {
      role_id_file_path = "/run/role"
    }
  }
  sink "file" {
    config {
      path = "/run/token1"
    }
  }
  sink "file" {
    config {
      path = "/run/token2"
    }
  }
}
