noinst_LIBRARIES += libauth.a
libauth_a_SOURCES = \
	include/auth/auth_keeper.h src/auth/auth_keeper.c \
	include/auth/auth_method.h src/auth/auth_method.c \
	include/auth/auth_token.h src/auth/auth_token.c \
	include/auth/sink.h src/auth/sink.c \
	src/auth/auth_approle.c \
	src/auth/auth_aws.c \
	src/auth/auth_azure.c \
	src/auth/auth_body.h src/auth/auth_body.c \
	src/auth/auth_cert.c \
	src/auth/auth_credential.h src/auth/auth_credential.c \
	src/auth/auth_earlier.h src/auth/auth_earlier.c \
	src/auth/auth_elsewhere.h src/auth/auth_elsewhere.c \
	src/auth/auth_encode.h src/auth/auth_encode.c \
	src/auth/auth_gcp.c \
	src/auth/auth_jwt.c \
	src/auth/auth_kubernetes.c \
	src/auth/auth_life.h src/auth/auth_life.c \
	src/auth/auth_login.h src/auth/auth_login.c \
	src/auth/auth_lookup.h src/auth/auth_lookup.c \
	src/auth/auth_machine.h src/auth/auth_machine.c \
	src/auth/auth_password.c \
	src/auth/auth_renewal.h src/auth/auth_renewal.c \
	src/auth/auth_revocation.h src/auth/auth_revocation.c \
	src/auth/auth_token_file.c \
	src/auth/auth_types.h \
	src/auth/auth_waiters.h src/auth/auth_waiters.c \
	src/auth/auth_web.h src/auth/auth_web.c \
	src/auth/aws_profile.h src/auth/aws_profile.c \
	src/auth/aws_sigv4.h src/auth/aws_sigv4.c \
	src/auth/aws_source.h src/auth/aws_source.c \
	src/auth/gcp_key.h src/auth/gcp_key.c \
	src/auth/sink_dh.h src/auth/sink_dh.c \
	src/auth/sink_file.h src/auth/sink_file.c \
	src/auth/sink_wrap.h src/auth/sink_wrap.c
# What a program of this layer links with: this layer and those below.
AUTH_LIBS = libauth.a $(VAULT_LIBS)
