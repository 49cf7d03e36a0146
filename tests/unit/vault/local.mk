# A unit test is one program a module, linked with its layer and those below.
unit_vault_client_case = tests/unit/vault/client_case.c \
	tests/unit/vault/client_case.h tests/unit/vault/fake_http.c \
	tests/unit/vault/fake_http.h
unit_vault_ldadd = $(VAULT_LIBS) $(LH_LIBS) $(CMOCKA_LIBS)
check_PROGRAMS += tests/unit/vault/test_api
tests_unit_vault_test_api_SOURCES = tests/unit/vault/test_api.c \
	tests/unit/vault/fake_http.c tests/unit/vault/fake_http.h
tests_unit_vault_test_api_LDADD = $(unit_vault_ldadd)
check_PROGRAMS += tests/unit/vault/test_client
tests_unit_vault_test_client_SOURCES = tests/unit/vault/test_client.c \
	$(unit_vault_client_case)
tests_unit_vault_test_client_LDADD = $(unit_vault_ldadd)
check_PROGRAMS += tests/unit/vault/test_envelope
tests_unit_vault_test_envelope_LDADD = $(unit_vault_ldadd)
check_PROGRAMS += tests/unit/vault/test_failover
tests_unit_vault_test_failover_SOURCES = tests/unit/vault/test_failover.c \
	$(unit_vault_client_case)
tests_unit_vault_test_failover_LDADD = $(unit_vault_ldadd)
check_PROGRAMS += tests/unit/vault/test_path
tests_unit_vault_test_path_LDADD = $(unit_vault_ldadd)
check_PROGRAMS += tests/unit/vault/test_request
tests_unit_vault_test_request_LDADD = $(unit_vault_ldadd)
check_PROGRAMS += tests/unit/vault/test_scan
tests_unit_vault_test_scan_LDADD = $(unit_vault_ldadd)
check_PROGRAMS += tests/unit/vault/test_upstream
tests_unit_vault_test_upstream_LDADD = $(unit_vault_ldadd)
TESTS += tests/unit/vault/test_api \
	tests/unit/vault/test_client \
	tests/unit/vault/test_envelope \
	tests/unit/vault/test_failover \
	tests/unit/vault/test_path \
	tests/unit/vault/test_request \
	tests/unit/vault/test_scan \
	tests/unit/vault/test_upstream
# Each fuzz harness is also a program that replays its corpus.
unit_vault_fuzz_ldadd = $(VAULT_LIBS) $(LH_LIBS)
check_PROGRAMS += tests/fuzz/fuzz_vault_path
tests_fuzz_fuzz_vault_path_SOURCES = tests/fuzz/fuzz_vault_path.c \
	tests/fuzz/replay.c
tests_fuzz_fuzz_vault_path_LDADD = $(unit_vault_fuzz_ldadd)
check_PROGRAMS += tests/fuzz/fuzz_vault_scan
tests_fuzz_fuzz_vault_scan_SOURCES = tests/fuzz/fuzz_vault_scan.c \
	tests/fuzz/replay.c
tests_fuzz_fuzz_vault_scan_LDADD = $(unit_vault_fuzz_ldadd)
check_PROGRAMS += tests/fuzz/fuzz_vault_strip
tests_fuzz_fuzz_vault_strip_SOURCES = tests/fuzz/fuzz_vault_strip.c \
	tests/fuzz/replay.c
tests_fuzz_fuzz_vault_strip_LDADD = $(unit_vault_fuzz_ldadd)
TESTS += tests/fuzz/fuzz_vault_path \
	tests/fuzz/fuzz_vault_scan \
	tests/fuzz/fuzz_vault_strip
EXTRA_DIST += tests/fuzz/corpus/fuzz_vault_path \
	tests/fuzz/corpus/fuzz_vault_scan \
	tests/fuzz/corpus/fuzz_vault_strip
