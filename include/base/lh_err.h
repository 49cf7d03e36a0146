/*
 * lh_err - what can go wrong, named by what the caller can do about it.
 *
 * Never:      an error without a cause: whoever meets the trouble fills the
 *             struct lh_cause it was given, callers pass it on unchanged.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_BASE_LH_ERR_H
#define LH_BASE_LH_ERR_H

#define LH_MUSTCHECK __attribute__((warn_unused_result))
#define LH_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
/* Of a room of kilobytes on the stack, of which only what was written is ever
 * read: the compiler does not zero it first, as it does with all else. */
#if __has_attribute(uninitialized)
#define LH_ROOM __attribute__((uninitialized))
#else
#define LH_ROOM
#endif

enum lh_err {
	LH_OK = 0,
	LH_ERR_LIMIT,		/* a bound of ours was reached */
	LH_ERR_FORMAT,		/* the bytes are not what they should be */
	LH_ERR_DENIED,		/* the other side, or a rule, says no */
	LH_ERR_NOT_FOUND,	/* no such thing */
	LH_ERR_TIMEOUT,		/* no answer within the deadline */
	LH_ERR_UNREACHABLE,	/* no connection was had */
	LH_ERR_UPSTREAM,	/* the connection broke, or the answer is bad */
	LH_ERR_TLS,		/* certificates, keys, handshakes */
	LH_ERR_CONFIG,		/* the operator has to change something */
	LH_ERR_CANCELLED,	/* nobody wants the answer any more */
	LH_ERR_SYSTEM,		/* a system call failed */
	LH_ERR_UNSUPPORTED	/* valid, but not built */
};

/* Lower case, no full stop, static. */
const char *lh_err_text(enum lh_err err);

/* One sentence for a person: what failed, and why. Never holds a secret. */
#define LH_CAUSE_MAX 512
struct lh_cause {
	char text[LH_CAUSE_MAX];
};

/* Fills cause (may be NULL), cutting what does not fit. */
void lh_cause_set(struct lh_cause *cause, const char *format, ...)
    LH_PRINTF(2, 3);

#endif
