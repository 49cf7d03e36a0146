# expect: 3: method "approle" needs "role_id_file_path" in its config block
auto_auth {
  method "approle" {
  }
  sink "file" {
    config = {
      path = "/run/token"
    }
  }
}
