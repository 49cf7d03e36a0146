/*
 * fake_http - one static stage, since link-time replacements have no place to
 * keep a pointer.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "fake_http.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/lh_assert.h"
#include "base/xalloc.h"

#define REQUESTS_MAX 64
#define LATER_MAX 64
#define TIMERS_MAX 64
#define FIELDS_MAX 8

struct http_client {
	size_t open;
};

struct http_call {
	struct http_client *client;
	struct http_call_listener listener;
	struct bytes text;
	char *url;
	const char *lent_url;
	bool open;
	unsigned resumes;
};

struct loop_timer {
	loop_fn *fn;
	void *arg;
	mono_ms due;
	bool set;
};

struct later {
	loop_fn *fn;
	void *arg;
};

static struct {
	struct http_call requests[REQUESTS_MAX];
	size_t request_count;
	size_t clients;
	enum lh_err refusal;
	struct later later[LATER_MAX];
	size_t later_count;
	struct loop_timer *timers[TIMERS_MAX];
	mono_ms now;
	int loop;		/* its address is the loop */
} stage;

struct loop *
fake_start(void)
{
	memset(&stage, 0, sizeof(stage));
	stage.now = 1000000;
	return (struct loop *)(void *)&stage.loop;
}

void
fake_stop(void)
{
	size_t i;

	while (stage.later_count > 0)
		fake_turn();
	lh_assert(stage.clients == 0);
	for (i = 0; i < TIMERS_MAX; i++)
		lh_assert(stage.timers[i] == NULL);
	for (i = 0; i < stage.request_count; i++) {
		lh_assert(!stage.requests[i].open);
		bytes_release(&stage.requests[i].text);
		free(stage.requests[i].url);
	}
}

void
fake_turn(void)
{
	size_t count = stage.later_count;
	struct later list[LATER_MAX];
	size_t i;

	memcpy(list, stage.later, sizeof(list));
	stage.later_count = 0;
	for (i = 0; i < count; i++)
		list[i].fn(list[i].arg);
}

void
fake_advance(span_ms by)
{
	mono_ms end = stage.now + by;

	for (;;) {
		struct loop_timer *first = NULL;
		size_t i;

		for (i = 0; i < TIMERS_MAX; i++) {
			struct loop_timer *timer = stage.timers[i];

			if (timer != NULL && timer->set &&
			    timer->due <= end && (first == NULL ||
			    timer->due < first->due))
				first = timer;
		}
		if (first == NULL)
			break;
		if (first->due > stage.now)
			stage.now = first->due;
		first->set = false;
		first->fn(first->arg);
		fake_turn();
	}
	stage.now = end;
}

size_t
fake_requests(void)
{
	return stage.request_count;
}

static struct http_call *
request_at(size_t n)
{
	lh_assert(n < stage.request_count);
	return &stage.requests[n];
}

const char *
fake_url(size_t n)
{
	return request_at(n)->url;
}

const char *
fake_text(size_t n)
{
	return request_at(n)->text.data;
}

bool
fake_is_open(size_t n)
{
	return request_at(n)->open;
}

unsigned
fake_resumes(size_t n)
{
	return request_at(n)->resumes;
}

size_t
fake_clients(void)
{
	return stage.clients;
}

void
fake_refuse_starts(enum lh_err err)
{
	stage.refusal = err;
}

void
fake_head(size_t n, unsigned status, const char *fields)
{
	struct http_call *call = request_at(n);
	struct http_field list[FIELDS_MAX];
	struct span rest = span_of(fields);
	struct http_head head = { .status = status, .content_length = -1 };

	while (rest.len > 0) {
		struct span line = span_cut(&rest, '\n');

		lh_assert(head.fields.count < FIELDS_MAX);
		list[head.fields.count].name = span_cut(&line, ':');
		list[head.fields.count++].value = span_trim(line);
	}
	head.fields.list = list;
	lh_assert(call->open);
	call->listener.on_head(call->listener.arg, &head);
}

enum http_flow
fake_body(size_t n, struct span bytes)
{
	struct http_call *call = request_at(n);

	lh_assert(call->open);
	return call->listener.on_body(call->listener.arg, bytes);
}

void
fake_done(size_t n, enum lh_err err)
{
	struct http_call *call = request_at(n);
	struct lh_cause cause = { "the fake says so" };

	lh_assert(call->open);
	/* The true one looks at it when it describes a failure. */
	lh_assert(strcmp(call->lent_url, call->url) == 0);
	call->open = false;
	call->client->open--;
	call->listener.on_done(call->listener.arg, err,
	    err == LH_OK ? NULL : &cause);
	fake_turn();
}

void
fake_answer(size_t n, unsigned status, const char *fields, const char *body)
{
	fake_head(n, status, fields);
	if (fake_is_open(n) && body[0] != '\0')
		(void)fake_body(n, span_of(body));
	if (fake_is_open(n))
		fake_done(n, LH_OK);
}

void
http_client_options_init(struct http_client_options *options)
{
	memset(options, 0, sizeof(*options));
}

enum lh_err
http_client_new(const struct http_client_options *options, struct loop *loop,
    struct http_client **client_out, struct lh_cause *cause)
{
	if (options->ca_file != NULL &&
	    strcmp(options->ca_file, "missing") == 0) {
		lh_cause_set(cause, "missing is missing");
		return LH_ERR_TLS;
	}
	*client_out = xcalloc(1, sizeof(**client_out));
	stage.clients++;
	return LH_OK;
}

void
http_client_free(struct http_client *client)
{
	lh_assert(client->open == 0);
	stage.clients--;
	free(client);
}

enum lh_err
http_client_start(struct http_client *client,
    const struct http_call_request *request,
    const struct http_call_listener *listener, struct http_call **call_out)
{
	struct http_call *call = &stage.requests[stage.request_count];
	enum lh_err err;
	size_t i;

	if (stage.refusal != LH_OK)
		return stage.refusal;
	lh_assert(stage.request_count < REQUESTS_MAX);
	stage.request_count++;
	call->client = client;
	call->listener = *listener;
	call->url = xstrdup(request->url);
	call->lent_url = request->url;
	call->open = true;
	client->open++;
	bytes_init(&call->text, 1024 * 1024);
	err = bytes_printf(&call->text, "%.*s\n", (int)request->method.len,
	    request->method.ptr);
	for (i = 0; err == LH_OK && i < request->fields.count; i++) {
		const struct http_field *field = &request->fields.list[i];

		err = bytes_printf(&call->text, "%.*s: %.*s\n",
		    (int)field->name.len, field->name.ptr,
		    (int)field->value.len, field->value.ptr);
	}
	if (err == LH_OK)
		err = bytes_printf(&call->text, "\n%.*s",
		    (int)request->body.len, request->has_body ?
		    request->body.ptr : "");
	if (err == LH_OK)
		err = bytes_append(&call->text, "", 1);
	lh_assert(err == LH_OK);
	*call_out = call;
	return LH_OK;
}

void
http_call_cancel(struct http_call *call)
{
	if (call == NULL)
		return;
	lh_assert(call->open);
	call->open = false;
	call->client->open--;
}

void
http_call_resume(struct http_call *call)
{
	lh_assert(call->open);
	call->resumes++;
}

mono_ms
loop_mono(const struct loop *loop)
{
	return stage.now;
}

mono_us
loop_mono_us(const struct loop *loop)
{
	return stage.now * 1000;
}

wall_ms
loop_wall(const struct loop *loop)
{
	return stage.now;
}

void
loop_later(struct loop *loop, loop_fn *fn, void *arg)
{
	lh_assert(stage.later_count < LATER_MAX);
	stage.later[stage.later_count++] = (struct later){ fn, arg };
}

struct loop_timer *
loop_timer_new(struct loop *loop, loop_fn *fn, void *arg)
{
	struct loop_timer *timer = xcalloc(1, sizeof(*timer));
	size_t i = 0;

	while (i < TIMERS_MAX && stage.timers[i] != NULL)
		i++;
	lh_assert(i < TIMERS_MAX);
	stage.timers[i] = timer;
	timer->fn = fn;
	timer->arg = arg;
	return timer;
}

void
loop_timer_set(struct loop_timer *timer, span_ms after)
{
	timer->due = stage.now + after;
	timer->set = true;
}

void
loop_timer_stop(struct loop_timer *timer)
{
	timer->set = false;
}

void
loop_timer_free(struct loop_timer *timer)
{
	size_t i;

	for (i = 0; i < TIMERS_MAX; i++) {
		if (stage.timers[i] == timer)
			stage.timers[i] = NULL;
	}
	free(timer);
}
