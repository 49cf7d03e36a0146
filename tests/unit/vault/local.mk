# check_PROGRAMS += tests/unit/vault/test_<module>; see tests/README
