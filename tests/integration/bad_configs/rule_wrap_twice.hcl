# expect: 9: wrap_ttl is given in auto_auth.method and in
auto_auth {
  method "approle" {
    wrap_ttl = "5m"
    config = {
      role_id_file_path = "/run/role"
    }
  }
  sink "file" {
    wrap_ttl = "5m"
    config {
      path = "/run/token"
    }
  }
}
