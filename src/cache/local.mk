noinst_LIBRARIES += libcache.a
libcache_a_SOURCES = \
	include/cache/cache.h src/cache/cache.c \
	include/cache/cache_answer.h src/cache/cache_answer.c
# What a program of this layer links with: this layer and those below.
CACHE_LIBS = libcache.a $(VAULT_LIBS)
