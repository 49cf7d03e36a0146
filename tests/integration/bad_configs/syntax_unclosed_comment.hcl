# expect: 4: a comment without end (opened on line 2)
/* all of it
log_level = "info"
