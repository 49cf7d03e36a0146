# check_PROGRAMS += tests/unit/config/test_<module>; see tests/README
