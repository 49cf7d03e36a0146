# check_PROGRAMS += tests/unit/admin/test_<module>; see tests/README
