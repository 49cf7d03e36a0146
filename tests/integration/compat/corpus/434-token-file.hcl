vault {
  address = "http://127.0.0.1:1"
}
auto_auth {
  method "token_file" {
    config = {
      token_file_path = "app-token"
    }
  }
  sink "file" {
    config = {
      path = "token"
    }
  }
}
