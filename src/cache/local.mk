noinst_LIBRARIES += libcache.a
libcache_a_SOURCES =
# What a program of this layer links with: this layer and those below.
CACHE_LIBS = libcache.a $(VAULT_LIBS)
