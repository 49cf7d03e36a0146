# expect: 5: unknown key "role_id_file" in the config of method approle
auto_auth {
  method "approle" {
    config {
      role_id_file = "/run/role"
    }
  }
  sink "file" {
    config = {
      path = "/run/token"
    }
  }
}
