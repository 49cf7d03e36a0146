vault {
  address = "http://127.0.0.1:1"
}
auto_auth {
  method "kerberos" {
    config = {
      username      = "web"
      service       = "HTTP/vault"
      realm         = "EXAMPLE"
      keytab_path   = "web.keytab"
      krb5conf_path = "krb5.conf"
    }
  }
  sink "file" {
    config = {
      path = "token"
    }
  }
}
