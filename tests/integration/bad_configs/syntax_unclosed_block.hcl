# expect: 5: a closing brace is missing (opened on line 2)
vault {
  address = "http://127.0.0.1:8201"

