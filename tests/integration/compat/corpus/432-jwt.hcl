vault {
  address = "http://127.0.0.1:1"
}
auto_auth {
  method "jwt" {
    config = {
      path = "jwt"
      role = "web"
      remove_jwt_after_reading = "false"
    }
  }
  sink "file" {
    config = {
      path = "token"
    }
  }
}
