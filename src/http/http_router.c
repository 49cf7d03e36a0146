/*
 * http_router - rows in a flat array, all of them tried for each request:
 * there are a handful.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "http/http_router.h"

#include <stdlib.h>

#include "base/lh_assert.h"
#include "base/xalloc.h"
#include "http/http_path.h"

struct row {
	struct span path;
	struct http_handler handler;
};

struct http_router {
	struct row rows[HTTP_ROUTER_MAX_ROWS];
	size_t count;
};

static void route(void *arg, struct http_exchange *exchange);
static const struct row *find_row(const struct http_router *router,
    struct span path);
static bool row_matches(const struct row *row, struct span path);
static void reply_not_found(struct http_exchange *exchange);

struct http_router *
http_router_new(void)
{
	return xcalloc(1, sizeof(struct http_router));
}

void
http_router_free(struct http_router *router)
{
	free(router);
}

void
http_router_add(struct http_router *router, const char *path,
    struct http_handler handler)
{
	lh_assert(router->count < HTTP_ROUTER_MAX_ROWS);
	lh_assert(path[0] == '/');
	router->rows[router->count++] = (struct row){ span_of(path), handler };
}

struct http_handler
http_router_handler(struct http_router *router)
{
	return (struct http_handler){ route, router };
}

static void
route(void *arg, struct http_exchange *exchange)
{
	const struct row *row = find_row(arg,
	    http_exchange_request(exchange)->path);

	if (row == NULL)
		reply_not_found(exchange);
	else
		row->handler.fn(row->handler.arg, exchange);
}

static const struct row *
find_row(const struct http_router *router, struct span path)
{
	const struct row *best = NULL;
	bool ambiguous = http_path_is_ambiguous(path);

	for (size_t i = 0; i < router->count; i++) {
		const struct row *row = &router->rows[i];

		if ((best == NULL || row->path.len > best->path.len) &&
		    (!ambiguous || row->path.len == 1) &&
		    row_matches(row, path))
			best = row;
	}
	return best;
}

static bool
row_matches(const struct row *row, struct span path)
{
	if (row->path.ptr[row->path.len - 1] == '/')
		return span_starts(path, row->path);
	return span_equal(path, row->path);
}

/* Word for word what Go's net/http says. */
static void
reply_not_found(struct http_exchange *exchange)
{
	static const struct http_field fields[] = {
		{ SPAN_LITERAL("Content-Type"),
		    SPAN_LITERAL("text/plain; charset=utf-8") },
		{ SPAN_LITERAL("X-Content-Type-Options"),
		    SPAN_LITERAL("nosniff") },
	};
	struct http_reply reply = {
		.status = 404,
		.fields = { fields, 2 },
		.body = SPAN_LITERAL("404 page not found\n"),
	};

	http_exchange_reply(exchange, &reply);
}
