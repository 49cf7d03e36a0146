# check_PROGRAMS += tests/unit/auth/test_<module>; see tests/README
