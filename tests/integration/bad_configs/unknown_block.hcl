# expect: 2: unknown block "listner"; did you mean "listener"?
listner {
  address = "127.0.0.1:8200"
}
