# expect: 3: auto_auth.method: authenticate_from_environment
auto_auth {
  method "azure" {
    config {
      resource = "https://vault.example"
      authenticate_from_environment = true
      role = "web"
    }
  }
  sink "file" {
    config = {
      path = "/run/token"
    }
  }
}
