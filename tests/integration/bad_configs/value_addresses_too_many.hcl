# expect: 3: vault.address: must be 8 addresses at most
vault {
  address = ["http://a", "http://b", "http://c", "http://d", "http://e", "http://f", "http://g", "http://h", "http://i"]
}
