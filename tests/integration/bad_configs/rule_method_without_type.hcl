# expect: 3: auto_auth.method: its type is missing
auto_auth {
  method {
    config {
      role = "x"
    }
  }
  sink "file" {
    config = {
      path = "/run/token"
    }
  }
}
