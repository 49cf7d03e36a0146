noinst_LIBRARIES += libproxy.a
libproxy_a_SOURCES = include/proxy/proxy.h
# What a program of this layer links with: this layer and those below.
PROXY_LIBS = libproxy.a libcache.a libauth.a $(VAULT_LIBS)
