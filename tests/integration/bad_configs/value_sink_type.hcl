# expect: 8: unknown sink type "stdout"; only file is built
auto_auth {
  method "approle" {
    config = {
      role_id_file_path = "/run/role"
    }
  }
  sink "stdout" {
    config {
      path = "/run/token"
    }
  }
}
