/*
 * http_payload - the body of a request as it comes, counted.
 *
 * From a socket without TLS it is read to where it stays: libevent would read
 * it in pieces of 4 KiB, each into a buffer of its own.
 *
 * Room is made for what is announced, so that it need not move, but for no more
 * than AHEAD times what has come: who announces much and sends little gets no
 * memory for it, but that of a body before which is at hand. What has come is
 * counted, not the room.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "http_conn.h"

#include <limits.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/lh_assert.h"
#include "base/xalloc.h"

#define FIRST_BYTES (64 * 1024)
#define AHEAD 16
#define TURN_BYTES (256 * 1024)	/* then others have their turn */

struct http_payload {
	unsigned refs;
	struct http_server *server;	/* where it counts, or NULL */
	struct bytes bytes;
};

static enum lh_err make_room(struct http_payload *payload, uint64_t left);
static size_t receive_some(struct http_payload *payload, int fd, size_t room);

struct http_payload *
http_payload_new(struct http_server *server)
{
	struct http_payload *payload = xmalloc(sizeof(*payload));

	payload->refs = 1;
	payload->server = server;
	bytes_init(&payload->bytes, server->options.max_body_bytes);
	return payload;
}

struct http_payload *
http_payload_ref(struct http_payload *payload)
{
	if (payload == NULL)
		return NULL;
	lh_assert(payload->refs > 0 && payload->refs < UINT_MAX);
	payload->refs++;
	return payload;
}

void
http_payload_unref(struct http_payload **payload)
{
	struct http_payload *left = *payload;

	*payload = NULL;
	if (left == NULL)
		return;
	lh_assert(left->refs > 0);
	if (--left->refs > 0)
		return;
	if (left->server != NULL) {
		http_server_give_bytes(left->server, left->bytes.len);
		http_spares_put(left->server->spares, &left->bytes);
	} else {
		bytes_release(&left->bytes);
	}
	free(left);
}

struct span
http_payload_span(const struct http_payload *payload)
{
	return payload == NULL ? SPAN_NONE : bytes_span(&payload->bytes);
}

void
http_payload_discount(struct http_payload *payload)
{
	if (payload == NULL || payload->server == NULL)
		return;
	http_server_give_bytes(payload->server, payload->bytes.len);
	payload->server = NULL;
}

enum lh_err
http_payload_add(struct http_payload *payload, struct span data, uint64_t left)
{
	enum lh_err err;

	if (!http_server_take_bytes(payload->server, data.len))
		return LH_ERR_LIMIT;
	err = data.len == 0 ? LH_OK : make_room(payload, left);
	if (err == LH_OK)
		err = bytes_append_span(&payload->bytes, data);
	if (err != LH_OK)
		http_server_give_bytes(payload->server, data.len);
	return err;
}

enum lh_err
http_payload_receive(struct http_payload *payload, int fd, uint64_t *left)
{
	size_t room, got, sum = 0;

	while (*left > 0 && sum < TURN_BYTES) {
		if (make_room(payload, *left) != LH_OK)
			return LH_ERR_LIMIT;
		room = payload->bytes.cap - payload->bytes.len;
		if (room > *left)
			room = (size_t)*left;
		got = receive_some(payload, fd, room);
		*left -= got;
		sum += got;
		if (got < room)
			break;
	}
	return LH_OK;
}

/* left: of the body, what is about to be added with it. */
static enum lh_err
make_room(struct http_payload *payload, uint64_t left)
{
	struct bytes *bytes = &payload->bytes;
	size_t ahead = bytes->len < FIRST_BYTES ? FIRST_BYTES :
	    (AHEAD - 1) * bytes->len;

	if (bytes->len < bytes->cap || (bytes->data == NULL &&
	    left <= HTTP_SPARE_MAX && http_spares_take(payload->server->spares,
	    bytes, (size_t)left)))
		return LH_OK;
	return bytes_reserve(bytes, left < ahead ? (size_t)left : ahead);
}

/* What the socket says but bytes, the bufferevent hears as well. */
static size_t
receive_some(struct http_payload *payload, int fd, size_t room)
{
	struct bytes *bytes = &payload->bytes;
	size_t free_bytes = http_server_free_bytes(payload->server);
	ssize_t got;

	if (room > free_bytes)
		room = free_bytes;
	got = room == 0 ? 0 : recv(fd, bytes->data + bytes->len, room, 0);
	if (got <= 0 || !http_server_take_bytes(payload->server, (size_t)got))
		return 0;
	bytes->len += (size_t)got;
	return (size_t)got;
}
