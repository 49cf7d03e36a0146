# expect: 3: unknown key "adress" in listener; did you mean "address"?
listener "tcp" {
  adress = "127.0.0.1:8200"
  tls_disable = true
}
