# expect: 3: auto_auth.method: type "ec2" of the aws method is not built
auto_auth {
  method "aws" {
    config {
      type = "ec2"
      role = "web"
    }
  }
  sink "file" {
    config = {
      path = "/run/token"
    }
  }
}
