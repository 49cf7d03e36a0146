# expect: 2: cache needs at least one listener block
cache {
}
