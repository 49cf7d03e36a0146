/*
 * log_syslog - the system's logger at /dev/log: one datagram a line.
 *
 * Owns:       the socket.
 * Invariant:  a logger that was started anew is found again.
 * Never:      waits.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_BASE_LOG_SYSLOG_H
#define LH_BASE_LOG_SYSLOG_H

#include <stdbool.h>
#include <stddef.h>

#include "base/log.h"

#define LOG_SYSLOG_HEAD_MAX 64

struct log_syslog;

/* The numbers of syslog(3), which journald uses as well. */
unsigned log_syslog_severity(enum log_level level);

enum lh_err log_syslog_new(const char *path, unsigned facility,
    struct log_syslog **syslog_out, struct lh_cause *cause) LH_MUSTCHECK;
void log_syslog_free(struct log_syslog *syslog);

/* What stands before a line of that level and time. Returns its length. */
size_t log_syslog_head(const struct log_syslog *syslog, enum log_level level,
    wall_ms at, char head[LOG_SYSLOG_HEAD_MAX]);

/* The socket, for poll(2); -1: the logger is away, and still was just now. */
int log_syslog_fd(struct log_syslog *syslog);

/* LH_ERR_LIMIT: never will be, it is too long. Others: not now. */
enum lh_err log_syslog_send(struct log_syslog *syslog, struct span line)
    LH_MUSTCHECK;

#endif
