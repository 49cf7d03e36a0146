# expect: 2: not a number: 0689
shutdown_timeout = 0689
