vault {
  address = "http://127.0.0.1:1"
}
listener "tcp" {
  address     = "127.0.0.1:0"
  tls_disable = true
  agent_api {
    enable_quit = true
  }
  proxy_api {
    enable_quit = true
  }
}
