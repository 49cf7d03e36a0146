# expect: 2: auto_auth needs a method block
auto_auth {
  sink "file" {
    config = {
      path = "/run/token"
    }
  }
}
