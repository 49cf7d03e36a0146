# expect: 10: api_proxy needs at least one listener block
auto_auth {
  method "approle" {
    config = {
      role_id_file_path = "/run/role"
    }
  }
}

api_proxy {
  use_auto_auth_token = true
}
