vault {
  address = "http://127.0.0.1:1"
}
auto_auth {
  method "cert" {
    config = {
      client_cert = "cert.pem"
    }
  }
  sink "file" {
    config = {
      path = "token"
    }
  }
}
