# A unit test is one program a module, linked with its layer and those below.
# The loop and Vault's API are replaced by fakes where a test moves the clock.
unit_auth_ldadd = $(AUTH_LIBS) $(LH_LIBS) $(CMOCKA_LIBS)
unit_auth_fake_loop = tests/unit/auth/fake_loop.c tests/unit/auth/fake_loop.h
unit_auth_fake_vault = tests/unit/auth/fake_vault.c \
	tests/unit/auth/fake_vault.h
unit_auth_fake_elsewhere = tests/unit/auth/fake_elsewhere.c \
	tests/unit/auth/fake_elsewhere.h
unit_auth_cloud_case = tests/unit/auth/cloud_case.c \
	tests/unit/auth/cloud_case.h
check_PROGRAMS += tests/unit/auth/test_aws
tests_unit_auth_test_aws_SOURCES = tests/unit/auth/test_aws.c \
	$(unit_auth_cloud_case)
tests_unit_auth_test_aws_LDADD = $(unit_auth_ldadd)
check_PROGRAMS += tests/unit/auth/test_azure
tests_unit_auth_test_azure_SOURCES = tests/unit/auth/test_azure.c \
	$(unit_auth_cloud_case)
tests_unit_auth_test_azure_LDADD = $(unit_auth_ldadd)
check_PROGRAMS += tests/unit/auth/test_gcp
tests_unit_auth_test_gcp_SOURCES = tests/unit/auth/test_gcp.c \
	$(unit_auth_cloud_case)
tests_unit_auth_test_gcp_LDADD = $(unit_auth_ldadd)
check_PROGRAMS += tests/unit/auth/test_keeper
tests_unit_auth_test_keeper_SOURCES = tests/unit/auth/test_keeper.c \
	$(unit_auth_fake_loop) $(unit_auth_fake_vault) \
	$(unit_auth_fake_elsewhere)
tests_unit_auth_test_keeper_LDADD = $(unit_auth_ldadd)
check_PROGRAMS += tests/unit/auth/test_life
tests_unit_auth_test_life_LDADD = $(unit_auth_ldadd)
check_PROGRAMS += tests/unit/auth/test_machine
tests_unit_auth_test_machine_SOURCES = tests/unit/auth/test_machine.c \
	$(unit_auth_fake_loop) $(unit_auth_fake_vault) \
	$(unit_auth_fake_elsewhere)
tests_unit_auth_test_machine_LDADD = $(unit_auth_ldadd)
check_PROGRAMS += tests/unit/auth/test_methods
tests_unit_auth_test_methods_LDADD = $(unit_auth_ldadd)
check_PROGRAMS += tests/unit/auth/test_sigv4
tests_unit_auth_test_sigv4_LDADD = $(unit_auth_ldadd)
check_PROGRAMS += tests/unit/auth/test_sink
tests_unit_auth_test_sink_SOURCES = tests/unit/auth/test_sink.c \
	$(unit_auth_fake_loop) $(unit_auth_fake_vault)
tests_unit_auth_test_sink_LDADD = $(unit_auth_ldadd)
check_PROGRAMS += tests/unit/auth/test_token
tests_unit_auth_test_token_LDADD = $(unit_auth_ldadd)
TESTS += tests/unit/auth/test_aws \
	tests/unit/auth/test_azure \
	tests/unit/auth/test_gcp \
	tests/unit/auth/test_keeper \
	tests/unit/auth/test_life \
	tests/unit/auth/test_machine \
	tests/unit/auth/test_methods \
	tests/unit/auth/test_sigv4 \
	tests/unit/auth/test_sink \
	tests/unit/auth/test_token
check_PROGRAMS += tests/fuzz/fuzz_auth_dh
tests_fuzz_fuzz_auth_dh_SOURCES = tests/fuzz/fuzz_auth_dh.c \
	tests/fuzz/replay.c
tests_fuzz_fuzz_auth_dh_LDADD = $(AUTH_LIBS) $(LH_LIBS)
TESTS += tests/fuzz/fuzz_auth_dh
EXTRA_DIST += tests/fuzz/corpus/fuzz_auth_dh
