noinst_LIBRARIES += libauth.a
libauth_a_SOURCES =
# What a program of this layer links with: this layer and those below.
AUTH_LIBS = libauth.a $(VAULT_LIBS)
