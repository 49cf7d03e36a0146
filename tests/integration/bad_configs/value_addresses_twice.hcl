# expect: 3: vault.address: must not name a server twice
vault {
  address = "http://127.0.0.1:8201, http://127.0.0.1:8201"
}
