# expect: 3: vault.address: must be http://host[:port]
vault {
  address = "http://127.0.0.1:8201,"
}
