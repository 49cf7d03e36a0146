# A unit test is one program a module, linked with its layer and those below.
unit_admin_ldadd = $(ADMIN_LIBS) $(LH_LIBS) $(CMOCKA_LIBS)
check_PROGRAMS += tests/unit/admin/test_cache
tests_unit_admin_test_cache_LDADD = $(unit_admin_ldadd)
TESTS += tests/unit/admin/test_cache
check_PROGRAMS += tests/unit/admin/test_collector
tests_unit_admin_test_collector_LDADD = $(unit_admin_ldadd)
TESTS += tests/unit/admin/test_collector
check_PROGRAMS += tests/unit/admin/test_exposition
tests_unit_admin_test_exposition_LDADD = $(unit_admin_ldadd)
TESTS += tests/unit/admin/test_exposition
check_PROGRAMS += tests/unit/admin/test_report
tests_unit_admin_test_report_LDADD = $(unit_admin_ldadd)
TESTS += tests/unit/admin/test_report
check_PROGRAMS += tests/unit/admin/test_summary
tests_unit_admin_test_summary_SOURCES = tests/unit/admin/test_summary.c \
	tests/unit/auth/fake_loop.c tests/unit/auth/fake_loop.h
tests_unit_admin_test_summary_LDADD = $(unit_admin_ldadd)
TESTS += tests/unit/admin/test_summary
