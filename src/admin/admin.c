/*
 * admin - see admin/admin.h: the rows, and the replies they share.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "admin_priv.h"

#include <stdlib.h>
#include <string.h>

#include "admin_push.h"
#include "admin_summary.h"
#include "base/lh_assert.h"
#include "base/secret_alloc.h"
#include "base/xalloc.h"
#include "http/http_error.h"

struct row {
	const char *path;
	http_handler_fn *fn;
	bool is_open;		/* on metrics_only listeners too */
	bool is_quit;
};

static const struct row table[] = {
	{ "/leasehold/v1/health", admin_health, true, false },
	{ "/leasehold/v1/ready", admin_ready, true, false },
	{ "/leasehold/v1/metrics", admin_metrics, true, false },
	{ "/leasehold/v1/status", admin_status, false, false },
	{ "/agent/v1/metrics", admin_metrics_agent, true, false },
	{ "/proxy/v1/metrics", admin_metrics_proxy, true, false },
	{ "/agent/v1/cache-clear", admin_cache_clear, false, false },
	{ "/proxy/v1/cache-clear", admin_cache_clear, false, false },
	{ "/agent/v1/quit", admin_quit, false, true },
	{ "/proxy/v1/quit", admin_quit, false, true },
};

struct admin *
admin_new(const struct admin_env *env)
{
	struct admin *admin = xcalloc(1, sizeof(*admin));

	admin->env = *env;
	admin->started = loop_wall(env->loop);
	admin->summary = admin_summary_new(&admin->env);
	return admin;
}

void
admin_free(struct admin *admin)
{
	if (admin == NULL)
		return;
	admin_push_free(admin->push);
	admin_summary_free(admin->summary);
	free(admin);
}

enum lh_err
admin_start_push(struct admin *admin, struct lh_cause *cause)
{
	return admin_push_new(&admin->env, &admin->push, cause);
}

size_t
admin_rows(struct admin *admin, const struct admin_listener *listener,
    struct admin_row rows_out[ADMIN_MAX_ROWS])
{
	size_t count = 0;

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		const struct row *row = &table[i];
		http_handler_fn *fn = row->fn;

		if (listener->metrics_only && !row->is_open)
			continue;
		if (row->is_quit && !listener->enable_quit)
			fn = admin_not_found;
		lh_assert(count < ADMIN_MAX_ROWS);
		rows_out[count].path = row->path;
		rows_out[count].handler = (struct http_handler){ fn, admin };
		count++;
	}
	return count;
}

void
admin_not_found(void *arg, struct http_exchange *exchange)
{
	(void)arg;
	admin_reply_text(exchange, 404, SPAN_LITERAL("text/plain"),
	    SPAN_LITERAL("404 page not found\n"));
}

json_t *
admin_json_text(const char *text)
{
	size_t len = strlen(text);
	json_t *value = json_string(text);
	char *plain;

	for (size_t cut = 1; value == NULL && cut < 4 && cut <= len; cut++)
		value = json_stringn(text, len - cut);
	if (value != NULL)
		return value;
	plain = xstrdup(text);
	for (char *c = plain; *c != '\0'; c++)
		if ((unsigned char)*c >= 0x80)
			*c = '?';
	value = json_string(plain);
	free(plain);
	return value;
}

void
admin_reply_json(struct http_exchange *exchange, unsigned status,
    json_t *tree)
{
	char *text = json_dumps(tree, JSON_INDENT(2) | JSON_ENSURE_ASCII);

	json_decref(tree);
	if (text == NULL) {
		http_error_reply(exchange, 500, "no memory for the answer");
		return;
	}
	admin_reply_text(exchange, status, SPAN_LITERAL("application/json"),
	    span_of(text));
	secret_free(text);	/* jansson allocates with secret_need_malloc() */
}

void
admin_reply_text(struct http_exchange *exchange, unsigned status,
    struct span type, struct span text)
{
	const struct http_field fields[] = {
		{ SPAN_LITERAL("Content-Type"), type },
		{ SPAN_LITERAL("Cache-Control"), SPAN_LITERAL("no-store") },
	};
	const struct http_reply reply = { .status = status,
		.fields = { fields, 2 }, .body = text };

	http_exchange_reply(exchange, &reply);
}

bool
admin_is_read(struct http_exchange *exchange)
{
	struct span method = http_exchange_request(exchange)->method;

	if (span_equal(method, SPAN_LITERAL("GET")) ||
	    span_equal(method, SPAN_LITERAL("HEAD")))
		return true;
	http_error_reply(exchange, 405, "only GET and HEAD are served here");
	return false;
}

bool
admin_has_token(const struct admin *admin)
{
	return admin->env.keeper == NULL ||
	    auth_keeper_token(admin->env.keeper) != NULL;
}
