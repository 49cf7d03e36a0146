# expect: 3: auto_auth.revoke_on_exit leaves no token to go on with; it or exit_after_auth must go
exit_after_auth = true
auto_auth {
  revoke_on_exit = true
  method "approle" {
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
