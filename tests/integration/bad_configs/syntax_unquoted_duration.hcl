# expect: 2: not a number: 10s; text stands in double quotes
shutdown_timeout = 10s
