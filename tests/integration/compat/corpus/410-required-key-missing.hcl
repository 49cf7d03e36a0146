vault {
  address = "http://127.0.0.1:1"
}
auto_auth {
  method "kubernetes" {
    config = {
      token_path = "jwt"
    }
  }
  sink "file" {
    config = {
      path = "token"
    }
  }
}
