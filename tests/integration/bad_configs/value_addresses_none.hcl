# expect: 3: vault.address: must be an address in double quotes, or a list of some
vault {
  address = []
}
