vault {
  address = "http://127.0.0.1:1"
}
auto_auth {
  sink "file" {
    config = {
      path = "token"
    }
  }
}
