# A unit test is one program a module, linked with its layer and those below.
unit_base_ldadd = $(BASE_LIBS) $(LH_LIBS) $(CMOCKA_LIBS)
unit_base_in_child = tests/unit/base/in_child.h tests/unit/base/in_child.c
check_PROGRAMS += tests/unit/base/test_backoff
tests_unit_base_test_backoff_LDADD = $(unit_base_ldadd)
check_PROGRAMS += tests/unit/base/test_bytes
tests_unit_base_test_bytes_LDADD = $(unit_base_ldadd)
check_PROGRAMS += tests/unit/base/test_call_filter
tests_unit_base_test_call_filter_SOURCES = tests/unit/base/test_call_filter.c \
	$(unit_base_in_child)
tests_unit_base_test_call_filter_LDADD = $(unit_base_ldadd)
check_PROGRAMS += tests/unit/base/test_certificate
tests_unit_base_test_certificate_LDADD = $(unit_base_ldadd)
check_PROGRAMS += tests/unit/base/test_deadline_heap
tests_unit_base_test_deadline_heap_LDADD = $(unit_base_ldadd)
check_PROGRAMS += tests/unit/base/test_digest
tests_unit_base_test_digest_LDADD = $(unit_base_ldadd)
check_PROGRAMS += tests/unit/base/test_file_fence
tests_unit_base_test_file_fence_SOURCES = tests/unit/base/test_file_fence.c \
	$(unit_base_in_child)
tests_unit_base_test_file_fence_LDADD = $(unit_base_ldadd)
check_PROGRAMS += tests/unit/base/test_file_io
tests_unit_base_test_file_io_LDADD = $(unit_base_ldadd)
check_PROGRAMS += tests/unit/base/test_lh_err
tests_unit_base_test_lh_err_LDADD = $(unit_base_ldadd)
check_PROGRAMS += tests/unit/base/test_identity
tests_unit_base_test_identity_SOURCES = tests/unit/base/test_identity.c \
	$(unit_base_in_child)
tests_unit_base_test_identity_LDADD = $(unit_base_ldadd)
check_PROGRAMS += tests/unit/base/test_log
tests_unit_base_test_log_LDADD = $(unit_base_ldadd)
check_PROGRAMS += tests/unit/base/test_log_file
tests_unit_base_test_log_file_LDADD = $(unit_base_ldadd)
check_PROGRAMS += tests/unit/base/test_log_output
tests_unit_base_test_log_output_LDADD = $(unit_base_ldadd)
check_PROGRAMS += tests/unit/base/test_log_repeats
tests_unit_base_test_log_repeats_LDADD = $(unit_base_ldadd)
check_PROGRAMS += tests/unit/base/test_loop
tests_unit_base_test_loop_LDADD = $(unit_base_ldadd)
check_PROGRAMS += tests/unit/base/test_metrics
tests_unit_base_test_metrics_LDADD = $(unit_base_ldadd)
check_PROGRAMS += tests/unit/base/test_moment
tests_unit_base_test_moment_SOURCES = tests/unit/base/test_moment.c \
	tests/unit/base/samples.c tests/unit/base/samples.h
tests_unit_base_test_moment_LDADD = $(unit_base_ldadd)
check_PROGRAMS += tests/unit/base/test_notify
tests_unit_base_test_notify_LDADD = $(unit_base_ldadd)
check_PROGRAMS += tests/unit/base/test_parse
tests_unit_base_test_parse_SOURCES = tests/unit/base/test_parse.c \
	tests/unit/base/samples.c tests/unit/base/samples.h
tests_unit_base_test_parse_LDADD = $(unit_base_ldadd)
check_PROGRAMS += tests/unit/base/test_scheduler
tests_unit_base_test_scheduler_LDADD = $(unit_base_ldadd)
check_PROGRAMS += tests/unit/base/test_sealed_log
tests_unit_base_test_sealed_log_LDADD = $(unit_base_ldadd)
check_PROGRAMS += tests/unit/base/test_secret
tests_unit_base_test_secret_LDADD = $(unit_base_ldadd)
check_PROGRAMS += tests/unit/base/test_span
tests_unit_base_test_span_LDADD = $(unit_base_ldadd)
TESTS += tests/unit/base/test_backoff \
	tests/unit/base/test_bytes \
	tests/unit/base/test_call_filter \
	tests/unit/base/test_certificate \
	tests/unit/base/test_deadline_heap \
	tests/unit/base/test_digest \
	tests/unit/base/test_file_fence \
	tests/unit/base/test_file_io \
	tests/unit/base/test_lh_err \
	tests/unit/base/test_identity \
	tests/unit/base/test_log \
	tests/unit/base/test_log_file \
	tests/unit/base/test_log_output \
	tests/unit/base/test_log_repeats \
	tests/unit/base/test_loop \
	tests/unit/base/test_metrics \
	tests/unit/base/test_moment \
	tests/unit/base/test_notify \
	tests/unit/base/test_parse \
	tests/unit/base/test_scheduler \
	tests/unit/base/test_sealed_log \
	tests/unit/base/test_secret \
	tests/unit/base/test_span
# Any bytes as a sealed log; replayed over its corpus.
check_PROGRAMS += tests/fuzz/fuzz_sealed_log
tests_fuzz_fuzz_sealed_log_SOURCES = tests/fuzz/fuzz_sealed_log.c \
	tests/fuzz/replay.c
tests_fuzz_fuzz_sealed_log_LDADD = $(BASE_LIBS) $(LH_LIBS)
TESTS += tests/fuzz/fuzz_sealed_log
EXTRA_DIST += tests/fuzz/corpus/fuzz_sealed_log
