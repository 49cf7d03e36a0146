# A unit test is one program a module, linked with its layer and those below.
unit_auth_ldadd = $(AUTH_LIBS) $(LH_LIBS) $(CMOCKA_LIBS)
check_PROGRAMS += tests/unit/auth/test_keeper
tests_unit_auth_test_keeper_LDADD = $(unit_auth_ldadd)
check_PROGRAMS += tests/unit/auth/test_methods
tests_unit_auth_test_methods_LDADD = $(unit_auth_ldadd)
check_PROGRAMS += tests/unit/auth/test_sink
tests_unit_auth_test_sink_LDADD = $(unit_auth_ldadd)
check_PROGRAMS += tests/unit/auth/test_token
tests_unit_auth_test_token_LDADD = $(unit_auth_ldadd)
TESTS += tests/unit/auth/test_keeper \
	tests/unit/auth/test_methods \
	tests/unit/auth/test_sink \
	tests/unit/auth/test_token
