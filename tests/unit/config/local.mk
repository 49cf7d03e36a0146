# A unit test is one program a module, linked with its layer and those below.
unit_config_ldadd = $(CONFIG_LIBS) $(LH_LIBS) $(CMOCKA_LIBS)
unit_config_case = tests/unit/config/config_case.c \
	tests/unit/config/config_case.h
check_PROGRAMS += tests/unit/config/test_check
tests_unit_config_test_check_SOURCES = tests/unit/config/test_check.c \
	$(unit_config_case)
tests_unit_config_test_check_LDADD = $(unit_config_ldadd)
check_PROGRAMS += tests/unit/config/test_dump
tests_unit_config_test_dump_SOURCES = tests/unit/config/test_dump.c \
	$(unit_config_case)
tests_unit_config_test_dump_LDADD = $(unit_config_ldadd)
check_PROGRAMS += tests/unit/config/test_load
tests_unit_config_test_load_SOURCES = tests/unit/config/test_load.c \
	$(unit_config_case)
tests_unit_config_test_load_LDADD = $(unit_config_ldadd)
check_PROGRAMS += tests/unit/config/test_paths
tests_unit_config_test_paths_SOURCES = tests/unit/config/test_paths.c \
	$(unit_config_case)
tests_unit_config_test_paths_LDADD = $(unit_config_ldadd)
check_PROGRAMS += tests/unit/config/test_schema
tests_unit_config_test_schema_LDADD = $(unit_config_ldadd)
check_PROGRAMS += tests/unit/config/test_syntax
tests_unit_config_test_syntax_LDADD = $(unit_config_ldadd)
TESTS += tests/unit/config/test_check \
	tests/unit/config/test_dump \
	tests/unit/config/test_load \
	tests/unit/config/test_paths \
	tests/unit/config/test_schema \
	tests/unit/config/test_syntax
# Each fuzz harness is also a program that replays its corpus. With another
# main, that of libFuzzer, it is linked without replay.c.
check_PROGRAMS += tests/fuzz/fuzz_config
tests_fuzz_fuzz_config_SOURCES = tests/fuzz/fuzz_config.c tests/fuzz/replay.c
tests_fuzz_fuzz_config_LDADD = $(CONFIG_LIBS) $(LH_LIBS)
TESTS += tests/fuzz/fuzz_config
EXTRA_DIST += tests/fuzz/corpus/fuzz_config
# The manual page is held against the table of keys.
check_PROGRAMS += tests/lint/config_rows
tests_lint_config_rows_LDADD = $(CONFIG_LIBS) $(LH_LIBS)
dist_check_SCRIPTS += tests/lint/check_config_docs.sh
TESTS += tests/lint/check_config_docs.sh
