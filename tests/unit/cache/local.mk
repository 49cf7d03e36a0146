# check_PROGRAMS += tests/unit/cache/test_<module>; see tests/README
