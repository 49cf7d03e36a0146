# expect: 3: vault.address: must not mix https:// and http://
vault {
  address = ["https://127.0.0.1:8201", "http://127.0.0.1:8202"]
}
