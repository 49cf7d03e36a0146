# expect: 9: "wrap_ttl" is not built yet
auto_auth {
  method "approle" {
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
