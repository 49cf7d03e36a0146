# expect: 3: vault.address: must be http://host[:port], https://host[:port] or unix:///path, not "http://127.0.0.1:8201,127.0.0.1:8202"
vault {
  address = "http://127.0.0.1:8201,127.0.0.1:8202"
}
