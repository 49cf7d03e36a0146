# check_PROGRAMS += tests/unit/http/test_<module>; see tests/README
