# A unit test is one program a module, linked with its layer and those below.
# check_PROGRAMS += tests/unit/base/test_<module>
