noinst_LIBRARIES += libhttp.a
libhttp_a_SOURCES = \
	src/http/http_address.h src/http/http_address.c \
	src/http/http_conn.h src/http/http_conn.c \
	src/http/http_exchange.c \
	src/http/http_intake.c \
	src/http/http_spare.h src/http/http_spare.c \
	src/http/http_tls_socket.h \
	src/http/http_writer.h src/http/http_writer.c \
	include/http/http_chunk.h src/http/http_chunk.c \
	include/http/http_client.h src/http/http_client.c \
	src/http/http_client_parts.h \
	src/http/http_client_call.c \
	src/http/http_client_easy.c \
	src/http/http_client_head.c \
	src/http/http_client_place.c \
	src/http/http_client_request.c \
	src/http/http_client_socket.c \
	src/http/http_client_tls.c \
	include/http/http_error.h src/http/http_error.c \
	include/http/http_head.h src/http/http_head.c \
	include/http/http_header.h src/http/http_header.c \
	include/http/http_inherited.h src/http/http_inherited.c \
	include/http/http_listener.h src/http/http_listener.c \
	include/http/http_message.h src/http/http_message.c \
	include/http/http_parser.h src/http/http_parser.c \
	include/http/http_path.h src/http/http_path.c \
	include/http/http_payload.h src/http/http_payload.c \
	include/http/http_router.h src/http/http_router.c \
	include/http/http_server.h src/http/http_server.c \
	include/http/http_tls.h src/http/http_tls.c
# What a program of this layer links with: this layer and those below.
HTTP_LIBS = libhttp.a $(BASE_LIBS)
