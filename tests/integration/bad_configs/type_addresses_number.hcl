# expect: 3: vault.address: must be an address in double quotes, or a list of some
vault {
  address = ["http://127.0.0.1:8201", 8202]
}
