# expect: 2: auto_auth.revoke_on_exit: the token of method "token_file" is not ours to revoke
auto_auth {
  revoke_on_exit = true
  method "token_file" {
    config {
      token_file_path = "/run/other-token"
    }
  }
  sink "file" {
    config {
      path = "/run/token"
    }
  }
}
