vault {
  address = "http://127.0.0.1:1"
}
auto_auth {
  method "approle" {
  }
  sink "file" {
    config = {
      path = "token"
    }
  }
}
