# expect: 2: auto_auth.revoke_on_exit leaves nothing to go on with; it or cache.persist must go
auto_auth {
  revoke_on_exit = true
  method "approle" {
    config {
      role_id_file_path = "/run/role_id"
    }
  }
}
api_proxy {
  use_auto_auth_token = true
}
cache {
  persist "file" {
    path = "/var/lib/leasehold"
    key_file = "/run/key"
  }
}
listener "tcp" {
  tls_disable = true
}
