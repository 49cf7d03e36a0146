# expect: 2: auto_auth.revoke_on_exit: what wrap_ttl wraps is the reader's; one of them must go
auto_auth {
  revoke_on_exit = true
  method "approle" {
    wrap_ttl = "5m"
    config {
      role_id_file_path = "/run/role_id"
    }
  }
  sink "file" {
    config {
      path = "/run/token"
    }
  }
}
