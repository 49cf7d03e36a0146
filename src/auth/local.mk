noinst_LIBRARIES += libauth.a
libauth_a_SOURCES = \
	include/auth/auth_keeper.h src/auth/auth_keeper.c \
	include/auth/auth_method.h src/auth/auth_method.c \
	include/auth/auth_token.h src/auth/auth_token.c \
	include/auth/sink.h src/auth/sink.c
# What a program of this layer links with: this layer and those below.
AUTH_LIBS = libauth.a $(VAULT_LIBS)
