/*
 * status - see status.h.
 *
 *	ask -> print -> the end, or a wait of two seconds and again
 *
 * Where to ask: -address, else LEASEHOLD_ADDR, else the first listener of the
 * default role in -config, else the address that listeners have by default.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "status.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "admin/admin.h"
#include "base/bytes.h"
#include "base/loop.h"
#include "base/parse.h"
#include "base/xalloc.h"
#include "http/http_client.h"

#define DEFAULT_ADDRESS "http://127.0.0.1:8200"
#define STATUS_PATH "/leasehold/v1/status"
#define ANSWER_MAX_BYTES (1024 * 1024)
#define TIMEOUT_MS 5000
#define WATCH_MS 2000
#define CLEAR_SCREEN "\033[H\033[2J"

struct asker {
	const struct options *options;
	struct config *config;		/* lends the address, or NULL */
	char *address;
	char *url;
	struct timesource *source;
	struct loop *loop;
	struct loop_timer *again;
	struct loop_signal *interrupt;
	struct http_client *client;
	struct http_call *call;
	unsigned answered;		/* status of the answer */
	struct bytes answer;
	bool too_long;
	bool is_deaf;			/* nobody reads what is printed */
	int result;
};

static enum lh_err find_address(struct asker *asker, struct lh_cause *cause);
static enum lh_err read_listener(struct asker *asker, struct lh_cause *cause);
static char *listener_address(const struct config_listener *listener);
static enum lh_err make_client(struct asker *asker, struct lh_cause *cause);
static void on_ask(void *arg);
static void on_head(void *arg, const struct http_head *head);
static enum http_flow on_body(void *arg, struct span bytes);
static void on_done(void *arg, enum lh_err err, const struct lh_cause *cause);
static void judge(struct asker *asker);
static void next(struct asker *asker);
static void on_interrupt(void *arg);
static void fail(struct asker *asker, const char *text);
static void release(struct asker *asker);

int
status_print(const struct options *options)
{
	struct asker asker = { .options = options, .result = 1 };
	struct lh_cause cause = { "" };

	bytes_init(&asker.answer, ANSWER_MAX_BYTES);
	if (find_address(&asker, &cause) == LH_OK &&
	    make_client(&asker, &cause) == LH_OK) {
		loop_timer_set(asker.again, 0);
		loop_run(asker.loop);
	} else
		fail(&asker, cause.text);
	release(&asker);
	return asker.result;
}

static enum lh_err
find_address(struct asker *asker, struct lh_cause *cause)
{
	const char *told = asker->options->flags.address;

	if (told == NULL)
		told = getenv("LEASEHOLD_ADDR");
	if (told != NULL && told[0] != '\0')
		asker->address = xstrdup(told);
	else if (asker->options->flags.path_count > 0)
		return read_listener(asker, cause);
	else
		asker->address = xstrdup(DEFAULT_ADDRESS);
	return LH_OK;
}

static const char *
environment(const char *name)
{
	return getenv(name);
}

/* Flags about TLS are those of this question, not of the way to Vault. */
static enum lh_err
read_listener(struct asker *asker, struct lh_cause *cause)
{
	struct config_flags flags = { .path_count = 0 };
	struct config_notes notes;
	enum lh_err err;

	memcpy(flags.paths, asker->options->flags.paths, sizeof(flags.paths));
	flags.path_count = asker->options->flags.path_count;
	config_notes_init(&notes);
	err = config_load(&flags, environment, &notes, &asker->config);
	if (err != LH_OK)
		lh_cause_set(cause, "%.*s", (int)notes.text.len,
		    notes.text.data);
	config_notes_release(&notes);
	if (err != LH_OK)
		return err;
	for (size_t i = 0; i < asker->config->listener_count; i++)
		if (asker->config->listeners[i].role == CONFIG_ROLE_DEFAULT) {
			asker->address = listener_address(
			    &asker->config->listeners[i]);
			return LH_OK;
		}
	lh_cause_set(cause, "the configuration has no listener that tells; "
	    "give -address");
	return LH_ERR_CONFIG;
}

/* What listens on every address is asked on this machine's own. */
static char *
listener_address(const struct config_listener *listener)
{
	const char *scheme = listener->has_tls ? "https" : "http";
	const char *address = listener->socket.address;
	const char *port = strrchr(address, ':');

	if (listener->socket.kind == HTTP_LISTENER_UNIX)
		return xasprintf("unix://%s", address);
	if (address[0] == ':' || strncmp(address, "0.0.0.0:", 8) == 0)
		return xasprintf("%s://127.0.0.1%s", scheme, port);
	if (strncmp(address, "[::]:", 5) == 0)
		return xasprintf("%s://[::1]%s", scheme, port);
	return xasprintf("%s://%s", scheme, address);
}

static enum lh_err
make_client(struct asker *asker, struct lh_cause *cause)
{
	const struct config_flags *flags = &asker->options->flags;
	struct span address = span_of(asker->address);
	struct http_client_options options;
	enum lh_err err;

	http_client_options_init(&options);
	options.ca_file = flags->ca_cert;
	options.ca_path = flags->ca_path;
	options.client_cert = flags->client_cert;
	options.client_key = flags->client_key;
	options.tls_server_name = flags->tls_server_name;
	if (flags->tls_skip_verify != NULL && parse_bool_loose(
	    span_of(flags->tls_skip_verify), &options.tls_skip_verify) !=
	    LH_OK) {
		lh_cause_set(cause, "-tls-skip-verify is true or false");
		return LH_ERR_CONFIG;
	}
	if (span_starts(address, SPAN_LITERAL("unix://"))) {
		options.unix_socket = asker->address + strlen("unix://");
		asker->url = xstrdup("http://localhost" STATUS_PATH);
	} else if (span_starts(address, SPAN_LITERAL("http://")) ||
	    span_starts(address, SPAN_LITERAL("https://"))) {
		while (span_ends(address, SPAN_LITERAL("/")))
			address.len--;
		asker->url = xasprintf("%.*s" STATUS_PATH, (int)address.len,
		    address.ptr);
	} else {
		lh_cause_set(cause, "the address must be http://host:port, "
		    "https://host:port or unix:///path, not \"%s\"",
		    asker->address);
		return LH_ERR_CONFIG;
	}
	asker->source = timesource_new();
	err = loop_new(asker->source, &asker->loop);
	if (err != LH_OK) {
		lh_cause_set(cause, "cannot make the event loop");
		return err;
	}
	asker->again = loop_timer_new(asker->loop, on_ask, asker);
	asker->interrupt = loop_signal_new(asker->loop, SIGINT, on_interrupt,
	    asker);
	return http_client_new(&options, asker->loop, &asker->client, cause);
}

static void
on_ask(void *arg)
{
	const struct http_call_listener listener = { on_head, on_body,
		on_done, arg };
	const struct http_field fields[] = {
		{ SPAN_LITERAL("Accept"), SPAN_LITERAL("application/json") },
		{ SPAN_LITERAL("X-Vault-Request"), SPAN_LITERAL("true") },
	};
	struct asker *asker = arg;
	const struct http_call_request request = {
		.method = SPAN_LITERAL("GET"), .url = asker->url,
		.fields = { fields, 2 }, .timeout = TIMEOUT_MS };

	bytes_clear(&asker->answer);
	asker->too_long = false;
	asker->answered = 0;
	if (http_client_start(asker->client, &request, &listener,
	    &asker->call) != LH_OK) {
		fail(asker, "the question could not be sent");
		next(asker);
	}
}

static void
on_head(void *arg, const struct http_head *head)
{
	struct asker *asker = arg;

	asker->answered = head->status;
}

static enum http_flow
on_body(void *arg, struct span bytes)
{
	struct asker *asker = arg;

	if (bytes_append_span(&asker->answer, bytes) != LH_OK)
		asker->too_long = true;
	return HTTP_FLOW_GO;
}

static void
on_done(void *arg, enum lh_err err, const struct lh_cause *cause)
{
	struct asker *asker = arg;
	char text[64];

	asker->call = NULL;
	if (asker->options->watch && isatty(STDOUT_FILENO))
		fputs(CLEAR_SCREEN, stdout);
	if (err != LH_OK)
		fail(asker, cause->text);
	else if (asker->too_long)
		fail(asker, "the answer is too long");
	else if (asker->answered != 200) {
		(void)snprintf(text, sizeof(text), "the answer is %u",
		    asker->answered);
		fail(asker, text);
	} else
		judge(asker);
	next(asker);
}

static void
judge(struct asker *asker)
{
	struct span answer = bytes_span(&asker->answer);
	struct bytes table;
	bool ready;

	bytes_init(&table, ANSWER_MAX_BYTES);
	if (admin_report(answer, &table, &ready) != LH_OK)
		fail(asker, "what answers there is no leasehold");
	else {
		struct span shown = asker->options->json ? answer :
		    bytes_span(&table);

		asker->result = ready ? 0 : 2;
		(void)fwrite(shown.ptr, 1, shown.len, stdout);
		if (!span_ends(shown, SPAN_LITERAL("\n")))
			putchar('\n');
		if (fflush(stdout) != 0) {
			fail(asker, "standard output is closed");
			asker->is_deaf = true;
		}
	}
	bytes_release(&table);
}

static void
next(struct asker *asker)
{
	if (asker->options->watch && !asker->is_deaf)
		loop_timer_set(asker->again, WATCH_MS);
	else
		loop_stop(asker->loop);
}

static void
on_interrupt(void *arg)
{
	struct asker *asker = arg;

	loop_stop(asker->loop);
}

static void
fail(struct asker *asker, const char *text)
{
	asker->result = 1;
	fprintf(stderr, "leasehold: %s: %s\n",
	    asker->address != NULL ? asker->address : "status", text);
}

static void
release(struct asker *asker)
{
	http_client_free(asker->client);
	loop_signal_free(asker->interrupt);
	loop_timer_free(asker->again);
	loop_free(asker->loop);
	timesource_free(asker->source);
	bytes_release(&asker->answer);
	config_free(asker->config);
	free(asker->url);
	free(asker->address);
}
