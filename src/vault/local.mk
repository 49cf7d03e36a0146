noinst_LIBRARIES += libvault.a
libvault_a_SOURCES =
# What a program of this layer links with: this layer and those below.
VAULT_LIBS = libvault.a $(HTTP_LIBS)
