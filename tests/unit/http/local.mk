# A unit test is one program a module, linked with its layer and those below.
unit_http_ldadd = $(HTTP_LIBS) $(LH_LIBS) $(CMOCKA_LIBS)
check_PROGRAMS += tests/unit/http/test_chunk
tests_unit_http_test_chunk_LDADD = $(unit_http_ldadd)
check_PROGRAMS += tests/unit/http/test_client
tests_unit_http_test_client_LDADD = $(unit_http_ldadd)
check_PROGRAMS += tests/unit/http/test_header
tests_unit_http_test_header_LDADD = $(unit_http_ldadd)
check_PROGRAMS += tests/unit/http/test_inherited
tests_unit_http_test_inherited_LDADD = $(unit_http_ldadd)
check_PROGRAMS += tests/unit/http/test_listener
tests_unit_http_test_listener_LDADD = $(unit_http_ldadd)
check_PROGRAMS += tests/unit/http/test_parser
tests_unit_http_test_parser_LDADD = $(unit_http_ldadd)
check_PROGRAMS += tests/unit/http/test_path
tests_unit_http_test_path_LDADD = $(unit_http_ldadd)
check_PROGRAMS += tests/unit/http/test_payload
tests_unit_http_test_payload_LDADD = $(unit_http_ldadd)
check_PROGRAMS += tests/unit/http/test_router
tests_unit_http_test_router_LDADD = $(unit_http_ldadd)
check_PROGRAMS += tests/unit/http/test_server
tests_unit_http_test_server_LDADD = $(unit_http_ldadd)
check_PROGRAMS += tests/unit/http/test_spare
tests_unit_http_test_spare_LDADD = $(unit_http_ldadd)
check_PROGRAMS += tests/unit/http/test_writer
tests_unit_http_test_writer_LDADD = $(unit_http_ldadd)
TESTS += tests/unit/http/test_chunk \
	tests/unit/http/test_client \
	tests/unit/http/test_header \
	tests/unit/http/test_inherited \
	tests/unit/http/test_listener \
	tests/unit/http/test_parser \
	tests/unit/http/test_path \
	tests/unit/http/test_payload \
	tests/unit/http/test_router \
	tests/unit/http/test_server \
	tests/unit/http/test_spare \
	tests/unit/http/test_writer
# Each fuzz harness is also a program that replays its corpus. With another
# main, that of libFuzzer, it is linked without replay.c.
unit_http_fuzz_ldadd = $(HTTP_LIBS) $(LH_LIBS)
check_PROGRAMS += tests/fuzz/fuzz_http_chunk
tests_fuzz_fuzz_http_chunk_SOURCES = tests/fuzz/fuzz_http_chunk.c \
	tests/fuzz/replay.c
tests_fuzz_fuzz_http_chunk_LDADD = $(unit_http_fuzz_ldadd)
check_PROGRAMS += tests/fuzz/fuzz_http_parser
tests_fuzz_fuzz_http_parser_SOURCES = tests/fuzz/fuzz_http_parser.c \
	tests/fuzz/replay.c
tests_fuzz_fuzz_http_parser_LDADD = $(unit_http_fuzz_ldadd)
check_PROGRAMS += tests/fuzz/fuzz_http_path
tests_fuzz_fuzz_http_path_SOURCES = tests/fuzz/fuzz_http_path.c \
	tests/fuzz/replay.c
tests_fuzz_fuzz_http_path_LDADD = $(unit_http_fuzz_ldadd)
TESTS += tests/fuzz/fuzz_http_chunk \
	tests/fuzz/fuzz_http_parser \
	tests/fuzz/fuzz_http_path
EXTRA_DIST += tests/fuzz/corpus/fuzz_http_chunk \
	tests/fuzz/corpus/fuzz_http_parser \
	tests/fuzz/corpus/fuzz_http_path
if HAVE_HTTP_PARSER
check_PROGRAMS += tests/fuzz/fuzz_http_differ
TESTS += tests/fuzz/fuzz_http_differ
endif
tests_fuzz_fuzz_http_differ_SOURCES = tests/fuzz/fuzz_http_differ.c \
	tests/fuzz/replay.c
tests_fuzz_fuzz_http_differ_LDADD = $(unit_http_fuzz_ldadd) -lhttp_parser
EXTRA_DIST += tests/fuzz/corpus/fuzz_http_differ
# Dates are read in base and written here.
check_PROGRAMS += tests/fuzz/fuzz_base_times
tests_fuzz_fuzz_base_times_SOURCES = tests/fuzz/fuzz_base_times.c \
	tests/fuzz/replay.c
tests_fuzz_fuzz_base_times_LDADD = $(unit_http_fuzz_ldadd)
TESTS += tests/fuzz/fuzz_base_times
EXTRA_DIST += tests/fuzz/corpus/fuzz_base_times
