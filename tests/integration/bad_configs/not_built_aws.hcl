# expect: 3: auth method "aws" is not built yet; built are: 
auto_auth {
  method "aws" {
    config {
      type = "iam"
    }
  }
  sink "file" {
    config = {
      path = "/run/token"
    }
  }
}
