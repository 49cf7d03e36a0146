# expect: 3: unknown auth method "aprole"; built are: 
auto_auth {
  method "aprole" {
  }
  sink "file" {
    config = {
      path = "/run/token"
    }
  }
}
