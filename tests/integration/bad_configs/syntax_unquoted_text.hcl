# expect: 2: debug is no value; text stands in double quotes
log_level = debug
