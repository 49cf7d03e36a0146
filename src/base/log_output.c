/*
 * log_output - lines on their way out.
 *
 * Every output has a buffer of its own. It is written when the turn of the
 * loop ends, when it is full, and at once for warnings and errors. Anything
 * but a regular file is asked first whether it takes bytes, and then given no
 * more than a pipe takes in one piece, so that a reader who has stopped
 * reading does not stop us: what he does not take stays in the buffer, and
 * lines which find no room there are dropped and counted. For a full buffer
 * we wait a little, once; not again until the output moves. The system's
 * logger gets a datagram a line; while it is away its lines stay, too.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "log_output.h"

#include <sys/stat.h>

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/parse.h"
#include "base/span.h"
#include "base/xalloc.h"

static bool is_stream_of(const struct stat *st, const char *journal);
static size_t make_head(const struct log_output *output, enum log_level level,
    wall_ms at, char head[LOG_SYSLOG_HEAD_MAX]);
static struct span body_of(const struct log_output *output,
    const struct log_line *line);
static size_t next_piece(const struct log_output *output, size_t done);
static bool takes(struct log_output *output, int patience_ms);
static ssize_t put(struct log_output *output, struct span piece);
static ssize_t write_quietly(int fd, const char *bytes, size_t len);
static void give_up(struct log_output *output, size_t written);

struct log_output *
log_output_new(int fd, const char *journal)
{
	struct log_output *output = xcalloc(1, sizeof(*output));
	struct stat st;

	output->fd = fd;
	if (fstat(fd, &st) != 0)
		return output;
	output->regular = S_ISREG(st.st_mode);
	if (is_stream_of(&st, journal))
		output->dress = LOG_DRESS_JOURNAL;
	return output;
}

struct log_output *
log_output_of_file(struct log_file **file)
{
	struct log_output *output = log_output_new(log_file_fd(*file), NULL);

	output->file = *file;
	*file = NULL;
	return output;
}

struct log_output *
log_output_of_syslog(struct log_syslog **syslog)
{
	struct log_output *output = xcalloc(1, sizeof(*output));

	output->fd = -1;
	output->dress = LOG_DRESS_SYSLOG;
	output->syslog = *syslog;
	*syslog = NULL;
	return output;
}

void
log_output_free(struct log_output *output)
{
	if (output == NULL)
		return;
	log_file_free(output->file);
	log_syslog_free(output->syslog);
	free(output);
}

void
log_output_append(struct log_output *output, const struct log_line *line,
    enum log_level level, wall_ms at)
{
	char head[LOG_SYSLOG_HEAD_MAX];
	struct span body = body_of(output, line);
	size_t head_len;

	if (!log_output_has_room(output, line)) {
		if (!output->stuck)
			(void)takes(output, LOG_OUTPUT_PATIENCE_MS);
		log_output_flush(output, 0);
	}
	if (!log_output_has_room(output, line)) {
		output->stuck = true;
		output->dropped++;
		return;
	}
	head_len = make_head(output, level, at, head);
	memcpy(output->buffer + output->len, head, head_len);
	memcpy(output->buffer + output->len + head_len, body.ptr, body.len);
	output->len += head_len + body.len;
}

bool
log_output_has_room(const struct log_output *output,
    const struct log_line *line)
{
	size_t head_max = output->dress == LOG_DRESS_NONE ? 0 :
	    LOG_SYSLOG_HEAD_MAX;

	return head_max + body_of(output, line).len <=
	    sizeof(output->buffer) - output->len;
}

void
log_output_flush(struct log_output *output, int patience_ms)
{
	size_t done = 0;

	while (done < output->len) {
		size_t piece = next_piece(output, done);
		ssize_t n;

		if (!takes(output, patience_ms))
			break;
		n = put(output, (struct span){ output->buffer + done, piece });
		if (n < 0 && errno == EAGAIN)
			break;
		if (n < 0) {
			give_up(output, done);
			return;
		}
		done += (size_t)n;
	}
	output->len -= done;
	memmove(output->buffer, output->buffer + done, output->len);
	if (done > 0)
		output->stuck = false;
}

/* "device:inode". */
static bool
is_stream_of(const struct stat *st, const char *journal)
{
	struct span inode_text = span_of(journal);
	struct span device_text = span_cut(&inode_text, ':');
	uint64_t device, inode;

	return parse_uint(device_text, UINT64_MAX, &device) == LH_OK &&
	    parse_uint(inode_text, UINT64_MAX, &inode) == LH_OK &&
	    device == (uint64_t)st->st_dev && inode == (uint64_t)st->st_ino;
}

static size_t
make_head(const struct log_output *output, enum log_level level, wall_ms at,
    char head[LOG_SYSLOG_HEAD_MAX])
{
	switch (output->dress) {
	case LOG_DRESS_JOURNAL:
		return (size_t)snprintf(head, LOG_SYSLOG_HEAD_MAX, "<%u>",
		    log_syslog_severity(level));
	case LOG_DRESS_SYSLOG:
		return log_syslog_head(output->syslog, level, at, head);
	case LOG_DRESS_NONE:
		break;
	}
	return 0;
}

static struct span
body_of(const struct log_output *output, const struct log_line *line)
{
	return output->dress == LOG_DRESS_NONE ? log_line_lend(line) :
	    log_line_lend_untimed(line);
}

/* As much as goes at once: a datagram is one line. */
static size_t
next_piece(const struct log_output *output, size_t done)
{
	size_t left = output->len - done;

	if (output->syslog != NULL)
		return span_find((struct span){ output->buffer + done, left },
		    '\n') + 1;
	return output->regular || left < PIPE_BUF ? left : PIPE_BUF;
}

static bool
takes(struct log_output *output, int patience_ms)
{
	struct pollfd pollfd = { output->fd, POLLOUT, 0 };

	if (output->regular)
		return true;
	if (output->syslog != NULL)
		pollfd.fd = log_syslog_fd(output->syslog);
	return pollfd.fd >= 0 && poll(&pollfd, 1, patience_ms) > 0;
}

static ssize_t
put(struct log_output *output, struct span piece)
{
	struct span line = { piece.ptr, piece.len - 1 };

	if (output->syslog == NULL)
		return write_quietly(output->fd, piece.ptr, piece.len);
	switch (log_syslog_send(output->syslog, line)) {
	case LH_OK:
		return (ssize_t)piece.len;
	case LH_ERR_LIMIT:
		output->dropped++;
		return (ssize_t)piece.len;
	default:
		errno = EAGAIN;
		return -1;
	}
}

/* A reader who has gone must not end us: SIGPIPE is kept from being
 * delivered, and taken back where it was not already pending. */
static ssize_t
write_quietly(int fd, const char *bytes, size_t len)
{
	const struct timespec no_wait = { 0, 0 };
	sigset_t pipe_only, before, pending;
	ssize_t n;
	int saved;

	sigemptyset(&pipe_only);
	sigaddset(&pipe_only, SIGPIPE);
	sigemptyset(&pending);
	sigpending(&pending);
	pthread_sigmask(SIG_BLOCK, &pipe_only, &before);
	do {
		n = write(fd, bytes, len);
	} while (n < 0 && errno == EINTR);
	saved = errno;
	if (n < 0 && saved == EPIPE && sigismember(&pending, SIGPIPE) == 0)
		(void)sigtimedwait(&pipe_only, NULL, &no_wait);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	errno = saved;
	return n;
}

/* The output is broken or full for good: its lines are lost, and a line that
 * was written in part is ended before the next. */
static void
give_up(struct log_output *output, size_t written)
{
	const char *buffer = output->buffer;
	bool torn_before = written == 0 && buffer[0] == '\n';
	bool torn = torn_before ||
	    (written > 0 && buffer[written - 1] != '\n');

	for (size_t i = written + torn_before; i < output->len; i++)
		output->dropped += buffer[i] == '\n';
	output->len = 0;
	if (torn)
		output->buffer[output->len++] = '\n';
}
