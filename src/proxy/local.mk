noinst_LIBRARIES += libproxy.a
libproxy_a_SOURCES = \
	include/proxy/proxy.h src/proxy/proxy.c \
	src/proxy/proxy_access.h src/proxy/proxy_access.c \
	src/proxy/proxy_ask.h src/proxy/proxy_ask.c \
	src/proxy/proxy_fetch.h src/proxy/proxy_fetch.c \
	src/proxy/proxy_headers.h src/proxy/proxy_headers.c \
	src/proxy/proxy_hit.h src/proxy/proxy_hit.c \
	src/proxy/proxy_priv.h \
	include/proxy/proxy_rules.h src/proxy/proxy_rules.c \
	src/proxy/proxy_redirect.h src/proxy/proxy_redirect.c \
	src/proxy/proxy_reply.h src/proxy/proxy_reply.c \
	src/proxy/proxy_forward.c src/proxy/proxy_lookup.c \
	src/proxy/proxy_request.h src/proxy/proxy_request.c \
	src/proxy/proxy_request_priv.h \
	src/proxy/proxy_suspicion.h src/proxy/proxy_suspicion.c \
	src/proxy/proxy_token.h src/proxy/proxy_token.c \
	src/proxy/proxy_watch.h src/proxy/proxy_watch.c
# What a program of this layer links with: this layer and those below.
PROXY_LIBS = libproxy.a libcache.a libauth.a $(VAULT_LIBS)
