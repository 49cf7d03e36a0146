noinst_LIBRARIES += libbase.a
libbase_a_SOURCES = \
	include/base/aead.h src/base/aead.c \
	include/base/backoff.h src/base/backoff.c \
	include/base/bytes.h src/base/bytes.c \
	include/base/call_filter.h src/base/call_filter.c \
	include/base/certificate.h src/base/certificate.c \
	include/base/deadline_heap.h src/base/deadline_heap.c \
	include/base/digest.h src/base/digest.c \
	include/base/file_fence.h src/base/file_fence.c \
	include/base/file_io.h src/base/file_io.c \
	include/base/identity.h src/base/identity.c \
	include/base/lh_assert.h src/base/lh_assert.c \
	include/base/lh_err.h src/base/lh_err.c \
	include/base/lh_need.h src/base/lh_need.c \
	include/base/log.h src/base/log.c \
	src/base/log_file.h src/base/log_file.c \
	src/base/log_line.h src/base/log_line.c \
	src/base/log_output.h src/base/log_output.c \
	src/base/log_syslog.h src/base/log_syslog.c \
	src/base/log_repeats.h src/base/log_repeats.c \
	include/base/loop.h src/base/loop.c \
	include/base/metrics.h src/base/metrics.c \
	include/base/moment.h src/base/moment.c \
	include/base/notify.h src/base/notify.c \
	include/base/pack.h src/base/pack.c \
	include/base/parse.h src/base/parse.c \
	include/base/scheduler.h src/base/scheduler.c \
	include/base/sealed_log.h src/base/sealed_log.c \
	include/base/secret.h src/base/secret.c \
	include/base/secret_alloc.h src/base/secret_alloc.c \
	include/base/span.h src/base/span.c \
	include/base/text_list.h \
	src/base/take.h src/base/take.c \
	include/base/timesource.h src/base/timesource.c \
	include/base/xalloc.h src/base/xalloc.c
# What a program of this layer links with: this layer and those below.
BASE_LIBS = libbase.a
