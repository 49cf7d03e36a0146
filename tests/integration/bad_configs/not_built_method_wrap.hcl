# expect: 4: "wrap_ttl" is not built yet
auto_auth {
  method "approle" {
    wrap_ttl = "5m"
    config {
      role_id_file_path = "/run/role"
    }
  }
  sink "file" {
    config = {
      path = "/run/token"
    }
  }
}
