# A unit test is one program a module, linked with its layer and those below.
unit_http_ldadd = $(HTTP_LIBS) $(LH_LIBS) $(CMOCKA_LIBS)
check_PROGRAMS += tests/unit/http/test_chunk
tests_unit_http_test_chunk_LDADD = $(unit_http_ldadd)
check_PROGRAMS += tests/unit/http/test_client
tests_unit_http_test_client_LDADD = $(unit_http_ldadd)
check_PROGRAMS += tests/unit/http/test_header
tests_unit_http_test_header_LDADD = $(unit_http_ldadd)
check_PROGRAMS += tests/unit/http/test_parser
tests_unit_http_test_parser_LDADD = $(unit_http_ldadd)
check_PROGRAMS += tests/unit/http/test_path
tests_unit_http_test_path_LDADD = $(unit_http_ldadd)
check_PROGRAMS += tests/unit/http/test_router
tests_unit_http_test_router_LDADD = $(unit_http_ldadd)
check_PROGRAMS += tests/unit/http/test_server
tests_unit_http_test_server_LDADD = $(unit_http_ldadd)
check_PROGRAMS += tests/unit/http/test_writer
tests_unit_http_test_writer_LDADD = $(unit_http_ldadd)
TESTS += tests/unit/http/test_chunk \
	tests/unit/http/test_client \
	tests/unit/http/test_header \
	tests/unit/http/test_parser \
	tests/unit/http/test_path \
	tests/unit/http/test_router \
	tests/unit/http/test_server \
	tests/unit/http/test_writer
