# A unit test is one program a module, linked with its layer and those below.
unit_proxy_ldadd = $(PROXY_LIBS) $(LH_LIBS) $(CMOCKA_LIBS)
check_PROGRAMS += tests/unit/proxy/test_access
tests_unit_proxy_test_access_LDADD = $(unit_proxy_ldadd)
check_PROGRAMS += tests/unit/proxy/test_headers
tests_unit_proxy_test_headers_LDADD = $(unit_proxy_ldadd)
check_PROGRAMS += tests/unit/proxy/test_rules
tests_unit_proxy_test_rules_LDADD = $(unit_proxy_ldadd)
check_PROGRAMS += tests/unit/proxy/test_token
tests_unit_proxy_test_token_LDADD = $(unit_proxy_ldadd)
check_PROGRAMS += tests/unit/proxy/test_watch
tests_unit_proxy_test_watch_LDADD = $(unit_proxy_ldadd)
TESTS += tests/unit/proxy/test_access \
	tests/unit/proxy/test_headers \
	tests/unit/proxy/test_rules \
	tests/unit/proxy/test_token \
	tests/unit/proxy/test_watch
