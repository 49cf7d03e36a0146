# expect: 8: auto_auth.sink: dh_type and dh_path go together
auto_auth {
  method "approle" {
    config = {
      role_id_file_path = "/run/role"
    }
  }
  sink "file" {
    dh_path = "/run/dh"
    config {
      path = "/run/token"
    }
  }
}
