# expect: 8: auto_auth.sink needs "path" in its config block
auto_auth {
  method "approle" {
    config = {
      role_id_file_path = "/run/role"
    }
  }
  sink "file" {
    config {
    }
  }
}
