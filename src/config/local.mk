noinst_LIBRARIES += libconfig.a
libconfig_a_SOURCES = \
	include/config/config.h \
	src/config/config_auth.c \
	src/config/config_block.c \
	src/config/config_nearest.c src/config/config_persist.c \
	src/config/config_check.c \
	src/config/config_dump.c \
	src/config/config_environ.c \
	src/config/config_foreign.c \
	src/config/config_kinds.c \
	src/config/config_kinds_list.c \
	src/config/config_kinds_own.c \
	src/config/config_kinds_url.c \
	src/config/config_lifetime.c \
	src/config/config_literal.c \
	src/config/config_load.c \
	src/config/config_notes.c src/config/config_notes.h \
	src/config/config_paths.c \
	src/config/config_preset.c \
	src/config/config_reader.h \
	src/config/config_schema.c src/config/config_schema.h \
	src/config/config_state.c src/config/config_state.h \
	src/config/config_static.c \
	src/config/config_syntax.c \
	src/config/config_tree.c src/config/config_tree.h \
	src/config/config_words.c src/config/config_words.h
# What a program of this layer links with: this layer and those below.
CONFIG_LIBS = libconfig.a $(ADMIN_LIBS)

dist_man_MANS += src/config/leasehold.conf.5
leaseholddocdir = $(docdir)
dist_leaseholddoc_DATA = etc/leasehold-pod.hcl etc/leasehold-host.hcl
