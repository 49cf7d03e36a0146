# expect: 3: auth method "kerberos" is not built yet; built are: 
auto_auth {
  method "kerberos" {
    config {
      role = "web"
    }
  }
  sink "file" {
    config = {
      path = "/run/token"
    }
  }
}
