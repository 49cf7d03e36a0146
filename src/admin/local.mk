noinst_LIBRARIES += libadmin.a
libadmin_a_SOURCES = \
	include/admin/admin.h src/admin/admin.c src/admin/admin_priv.h \
	src/admin/admin_cache.c \
	src/admin/admin_collector.h src/admin/admin_collector.c \
	src/admin/admin_exposition.h src/admin/admin_exposition.c \
	src/admin/admin_figures.h src/admin/admin_figures.c \
	src/admin/admin_health.c \
	src/admin/admin_metrics.c \
	src/admin/admin_push.h src/admin/admin_push.c \
	src/admin/admin_quit.c \
	src/admin/admin_report.c \
	src/admin/admin_status.c \
	src/admin/admin_summary.h src/admin/admin_summary.c
# What a program of this layer links with: this layer and those below.
ADMIN_LIBS = libadmin.a $(PROXY_LIBS)
