noinst_LIBRARIES += libvault.a
libvault_a_SOURCES = \
	include/vault/vault_api.h src/vault/vault_api.c \
	include/vault/vault_capabilities.h src/vault/vault_capabilities.c \
	include/vault/vault_client.h src/vault/vault_client.c \
	include/vault/vault_envelope.h src/vault/vault_envelope.c \
	src/vault/vault_address.h src/vault/vault_address.c \
	src/vault/vault_call.c src/vault/vault_client_parts.h \
	src/vault/vault_call_request.c \
	src/vault/vault_kept.h src/vault/vault_kept.c \
	src/vault/vault_json.h src/vault/vault_json.c \
	include/vault/vault_path.h src/vault/vault_path.c \
	src/vault/vault_probe.c src/vault/vault_reply.c \
	src/vault/vault_round.c \
	include/vault/vault_upstream.h src/vault/vault_upstream.c \
	include/vault/vault_scan.h src/vault/vault_scan.c
# What a program of this layer links with: this layer and those below.
VAULT_LIBS = libvault.a $(HTTP_LIBS)
