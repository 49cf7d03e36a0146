# expect: 2: auto_auth needs a use of its token
auto_auth {
  method "approle" {
    config = {
      role_id_file_path = "/run/role"
    }
  }
}
listener "tcp" {
  tls_disable = true
}
