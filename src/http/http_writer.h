/*
 * http_writer - the head of a reply as text, into memory that was counted
 * before; pure.
 *
 * Invariant:  never writes beyond the end it was given: asserted.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_SRC_HTTP_HTTP_WRITER_H
#define LH_SRC_HTTP_HTTP_WRITER_H

#include <stdbool.h>
#include <stdint.h>

#include "http/http_header.h"

#define HTTP_WRITER_DATE_LEN 29		/* Sun, 06 Nov 1994 ... */

/* How the end of a reply's body is told. */
enum http_coding {
	HTTP_CODING_NONE,	/* there is no body */
	HTTP_CODING_LENGTH,
	HTTP_CODING_CHUNKED,
	HTTP_CODING_CLOSE	/* by the end of the connection */
};

struct http_writer {
	char *at;
	const char *end;
};

struct http_reply_head {
	struct span stored;	/* beats status and fields */
	struct span more;
	unsigned status;
	struct http_fields fields;
	struct span date;	/* len 0: fields hold one */
	int64_t length;		/* Content-Length to tell, or -1 */
	bool chunked;		/* Transfer-Encoding to tell */
	struct span connection;	/* a whole line, or empty */
};

void http_writer_text(struct http_writer *writer, struct span text);
void http_writer_number(struct http_writer *writer, uint64_t number);
void http_writer_hex(struct http_writer *writer, uint64_t number);

/* At least the bytes that http_writer_head() writes. */
size_t http_writer_head_size(const struct http_reply_head *head);
/* Fields that would break the message are left out. */
void http_writer_head(struct http_writer *writer,
    const struct http_reply_head *head);

/* IMF-fixdate of a second since the epoch, without NUL. */
void http_writer_date(int64_t wall_s, char out[HTTP_WRITER_DATE_LEN]);

#endif
