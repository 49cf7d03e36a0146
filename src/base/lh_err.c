/*
 * lh_err - texts of the error values, and how a cause is written down.
 *
 * A cause is formatted aside and then copied, so that a caller may wrap the
 * text it was given: lh_cause_set(cause, "%s: %s", file, cause->text).
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "base/lh_err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *
lh_err_text(enum lh_err err)
{
	switch (err) {
	case LH_OK:
		return "no error";
	case LH_ERR_LIMIT:
		return "a limit was reached";
	case LH_ERR_FORMAT:
		return "malformed";
	case LH_ERR_DENIED:
		return "denied";
	case LH_ERR_NOT_FOUND:
		return "not found";
	case LH_ERR_TIMEOUT:
		return "timed out";
	case LH_ERR_UNREACHABLE:
		return "unreachable";
	case LH_ERR_UPSTREAM:
		return "bad or broken answer";
	case LH_ERR_TLS:
		return "TLS failure";
	case LH_ERR_CONFIG:
		return "wrong configuration";
	case LH_ERR_CANCELLED:
		return "cancelled";
	case LH_ERR_SYSTEM:
		return "system failure";
	case LH_ERR_UNSUPPORTED:
		return "not supported";
	}
	return "unknown error";
}

void
lh_cause_set(struct lh_cause *cause, const char *format, ...)
{
	char text[LH_CAUSE_MAX];
	va_list ap;

	if (cause == NULL)
		return;
	va_start(ap, format);
	if (vsnprintf(text, sizeof(text), format, ap) < 0)
		text[0] = '\0';
	va_end(ap);
	memcpy(cause->text, text, strlen(text) + 1);
}
