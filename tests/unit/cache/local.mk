# A unit test is one program a module, linked with its layer and those below;
# the calls of vault_api are replaced by those of the fixture.
unit_cache_ldadd = $(CACHE_LIBS) $(LH_LIBS) $(CMOCKA_LIBS)
unit_cache_fixture = tests/unit/cache/fixture.c tests/unit/cache/fixture.h
check_PROGRAMS += tests/unit/cache/test_key
tests_unit_cache_test_key_SOURCES = tests/unit/cache/test_key.c \
	$(unit_cache_fixture)
tests_unit_cache_test_key_LDADD = $(unit_cache_ldadd)
check_PROGRAMS += tests/unit/cache/test_policy
tests_unit_cache_test_policy_SOURCES = tests/unit/cache/test_policy.c \
	$(unit_cache_fixture)
tests_unit_cache_test_policy_LDADD = $(unit_cache_ldadd)
check_PROGRAMS += tests/unit/cache/test_answer
tests_unit_cache_test_answer_SOURCES = tests/unit/cache/test_answer.c \
	$(unit_cache_fixture)
tests_unit_cache_test_answer_LDADD = $(unit_cache_ldadd)
check_PROGRAMS += tests/unit/cache/test_lifetime
tests_unit_cache_test_lifetime_SOURCES = tests/unit/cache/test_lifetime.c \
	$(unit_cache_fixture)
tests_unit_cache_test_lifetime_LDADD = $(unit_cache_ldadd)
check_PROGRAMS += tests/unit/cache/test_store
tests_unit_cache_test_store_SOURCES = tests/unit/cache/test_store.c \
	$(unit_cache_fixture)
tests_unit_cache_test_store_LDADD = $(unit_cache_ldadd)
check_PROGRAMS += tests/unit/cache/test_index
tests_unit_cache_test_index_SOURCES = tests/unit/cache/test_index.c \
	$(unit_cache_fixture)
tests_unit_cache_test_index_LDADD = $(unit_cache_ldadd)
check_PROGRAMS += tests/unit/cache/test_flight
tests_unit_cache_test_flight_SOURCES = tests/unit/cache/test_flight.c \
	$(unit_cache_fixture)
tests_unit_cache_test_flight_LDADD = $(unit_cache_ldadd)
check_PROGRAMS += tests/unit/cache/test_lineage
tests_unit_cache_test_lineage_SOURCES = tests/unit/cache/test_lineage.c \
	$(unit_cache_fixture)
tests_unit_cache_test_lineage_LDADD = $(unit_cache_ldadd)
check_PROGRAMS += tests/unit/cache/test_lease_keeper
tests_unit_cache_test_lease_keeper_SOURCES = tests/unit/cache/test_lease_keeper.c \
	$(unit_cache_fixture)
tests_unit_cache_test_lease_keeper_LDADD = $(unit_cache_ldadd)
check_PROGRAMS += tests/unit/cache/test_purge
tests_unit_cache_test_purge_SOURCES = tests/unit/cache/test_purge.c \
	$(unit_cache_fixture)
tests_unit_cache_test_purge_LDADD = $(unit_cache_ldadd)
check_PROGRAMS += tests/unit/cache/test_cache
tests_unit_cache_test_cache_SOURCES = tests/unit/cache/test_cache.c \
	$(unit_cache_fixture)
tests_unit_cache_test_cache_LDADD = $(unit_cache_ldadd)
check_PROGRAMS += tests/unit/cache/test_kv_rows
tests_unit_cache_test_kv_rows_SOURCES = tests/unit/cache/test_kv_rows.c \
	$(unit_cache_fixture)
tests_unit_cache_test_kv_rows_LDADD = $(unit_cache_ldadd)
check_PROGRAMS += tests/unit/cache/test_kv_path
tests_unit_cache_test_kv_path_SOURCES = tests/unit/cache/test_kv_path.c \
	$(unit_cache_fixture)
tests_unit_cache_test_kv_path_LDADD = $(unit_cache_ldadd)
check_PROGRAMS += tests/unit/cache/test_kv_gate
tests_unit_cache_test_kv_gate_SOURCES = tests/unit/cache/test_kv_gate.c \
	$(unit_cache_fixture)
tests_unit_cache_test_kv_gate_LDADD = $(unit_cache_ldadd)
check_PROGRAMS += tests/unit/cache/test_tags
tests_unit_cache_test_tags_SOURCES = tests/unit/cache/test_tags.c \
	$(unit_cache_fixture)
tests_unit_cache_test_tags_LDADD = $(unit_cache_ldadd)
check_PROGRAMS += tests/unit/cache/test_kv
tests_unit_cache_test_kv_SOURCES = tests/unit/cache/test_kv.c \
	$(unit_cache_fixture)
tests_unit_cache_test_kv_LDADD = $(unit_cache_ldadd)
TESTS += \
	tests/unit/cache/test_key \
	tests/unit/cache/test_policy \
	tests/unit/cache/test_answer \
	tests/unit/cache/test_lifetime \
	tests/unit/cache/test_store \
	tests/unit/cache/test_index \
	tests/unit/cache/test_flight \
	tests/unit/cache/test_lineage \
	tests/unit/cache/test_lease_keeper \
	tests/unit/cache/test_purge \
	tests/unit/cache/test_cache \
	tests/unit/cache/test_kv_rows \
	tests/unit/cache/test_kv_path \
	tests/unit/cache/test_kv_gate \
	tests/unit/cache/test_tags \
	tests/unit/cache/test_kv
# Any bytes as the records of a persistent cache; replayed over its corpus.
check_PROGRAMS += tests/fuzz/fuzz_persist_record
tests_fuzz_fuzz_persist_record_SOURCES = tests/fuzz/fuzz_persist_record.c \
	tests/fuzz/replay.c
tests_fuzz_fuzz_persist_record_LDADD = $(CACHE_LIBS) $(LH_LIBS)
TESTS += tests/fuzz/fuzz_persist_record
EXTRA_DIST += tests/fuzz/corpus/fuzz_persist_record
