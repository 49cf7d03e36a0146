vault {
  address         = ""
  ca_cert         = ""
  tls_server_name = ""
}
auto_auth {
  method "approle" {
    mount_path  = ""
    namespace   = ""
    min_backoff = ""
    max_backoff = 0
    config = {
      role_id_file_path = "role-id"
    }
  }
  sink "file" {
    wrap_ttl = ""
    dh_type  = ""
    config = {
      path = "token"
    }
  }
}
listener "tcp" {
  address         = "127.0.0.1:0"
  tls_disable     = true
  tls_min_version = ""
  tls_max_version = ""
  socket_mode     = ""
  socket_user     = ""
  socket_group    = ""
  role            = ""
}
