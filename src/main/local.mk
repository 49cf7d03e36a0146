sbin_PROGRAMS += leasehold
dist_man_MANS += src/main/leasehold.8
leasehold_SOURCES = \
	src/main/auth_wiring.h src/main/auth_wiring.c \
	src/main/errand.h src/main/errand.c \
	src/main/confinement.h src/main/confinement.c \
	src/main/kubernetes_login.h src/main/kubernetes_login.c \
	src/main/main.c \
	src/main/options.h src/main/options.c src/main/options_help.c \
	src/main/persist_wiring.h src/main/persist_wiring.c \
	src/main/process.h src/main/process.c \
	src/main/reload.h src/main/reload.c \
	src/main/reload_changes.h src/main/reload_changes.c \
	src/main/service.h src/main/service.c \
	src/main/status.h src/main/status.c \
	src/main/token_revoke.h src/main/token_revoke.c \
	src/main/wiring.h src/main/wiring.c
leasehold_LDADD = $(CONFIG_LIBS) $(LH_LIBS)
