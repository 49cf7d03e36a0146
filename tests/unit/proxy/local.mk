# check_PROGRAMS += tests/unit/proxy/test_<module>; see tests/README
