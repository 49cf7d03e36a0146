/*
 * vault_client - the servers: their addresses, their connections, what was seen
 * of them last. The calls are in vault_call.c.
 *
 * What a request meets tells of its server for nothing; only of those without
 * requests, and of roles that are in doubt, vault_probe.c asks.
 *
 * Each server has an http_client for callers and one for our own calls, so that
 * callers do not use up what those need. A reload makes all anew. Tries under
 * way finish on the old one, which is freed, in a later turn, when the last of
 * them let go of it.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "vault_client_parts.h"

#include <stdlib.h>
#include <string.h>

#include "base/lh_assert.h"
#include "base/xalloc.h"

#define DEFAULT_RETRIES 12
#define DEFAULT_RETRY_WAIT 1000
#define DEFAULT_TIMEOUT 60000
#define DEFAULT_HEALTH_INTERVAL 10000
#define OWN_CONNECTIONS 16

static enum lh_err add_upstreams(struct vault_client *client,
    const char *const *addresses, struct lh_cause *cause);
static void doubt_others(struct vault_upstream *upstream);
static void copy_options(struct vault_client *client,
    const struct vault_client_options *options);
static void release_options(struct vault_client_options *options);
static enum lh_err links_new(const struct vault_upstream *upstream,
    struct vault_link *links_out[VAULT_LINES], struct lh_cause *cause);
static void swap_links(struct vault_link *ours[VAULT_LINES],
    struct vault_link *theirs[VAULT_LINES]);
static void links_release(struct vault_link *links[VAULT_LINES]);
static enum lh_err link_new(const struct vault_upstream *upstream,
    enum vault_line line, struct vault_link **link_out,
    struct lh_cause *cause);
static void free_link(void *arg);

void
vault_client_options_init(struct vault_client_options *options)
{
	memset(options, 0, sizeof(*options));
	http_client_options_init(&options->http);
	options->addresses[0] = "https://127.0.0.1:8200";
	options->max_retries = DEFAULT_RETRIES;
	options->retry_wait = DEFAULT_RETRY_WAIT;
	options->timeout = DEFAULT_TIMEOUT;
	options->health_interval = DEFAULT_HEALTH_INTERVAL;
	options->user_agent = "leasehold";
}

enum lh_err
vault_client_new(const struct vault_client_options *options,
    const struct vault_client_env *env, struct vault_client **client_out,
    struct lh_cause *cause)
{
	struct vault_client *client = xcalloc(1, sizeof(*client));
	enum lh_err err;
	size_t i;

	client->env = *env;
	copy_options(client, options);
	err = add_upstreams(client, options->addresses, cause);
	if (err != LH_OK) {
		vault_client_free(client);
		return err;
	}
	for (i = 0; i < client->upstream_count; i++)
		vault_probe_start(&client->upstreams[i]);
	*client_out = client;
	return LH_OK;
}

void
vault_client_free(struct vault_client *client)
{
	size_t i;

	if (client == NULL)
		return;
	while (client->calls != NULL)
		vault_call_cancel(client->calls);
	for (i = 0; i < client->upstream_count; i++) {
		vault_probe_stop(&client->upstreams[i]);
		links_release(client->upstreams[i].links);
		vault_address_release(&client->upstreams[i].address);
	}
	release_options(&client->options);
	free(client);
}

enum lh_err
vault_client_reload(struct vault_client *client, struct lh_cause *cause)
{
	struct vault_link *links[VAULT_CLIENT_MAX_UPSTREAMS][VAULT_LINES] = {
		{ NULL } };
	enum lh_err err = LH_OK;
	size_t i;

	for (i = 0; err == LH_OK && i < client->upstream_count; i++)
		err = links_new(&client->upstreams[i], links[i], cause);
	for (i = 0; i < client->upstream_count; i++) {
		if (err == LH_OK)
			swap_links(client->upstreams[i].links, links[i]);
		links_release(links[i]);
	}
	return err;
}

void
vault_client_state(const struct vault_client *client,
    struct vault_client_state *out)
{
	vault_client_upstream_state(client, client->current, out);
}

size_t
vault_client_upstreams(const struct vault_client *client)
{
	return client->upstream_count;
}

size_t
vault_client_current(const struct vault_client *client)
{
	return client->current;
}

void
vault_client_upstream_state(const struct vault_client *client, size_t n,
    struct vault_client_state *out)
{
	lh_assert(n < client->upstream_count);
	*out = client->upstreams[n].seen;
}

const char *
vault_client_upstream_address(const struct vault_client *client, size_t n)
{
	lh_assert(n < client->upstream_count);
	return client->upstreams[n].address.text;
}

bool
vault_client_is_away(const struct vault_client *client)
{
	struct vault_client_state state;

	vault_client_state(client, &state);
	return !state.reachable || state.last_status >= 500;
}

const char *
vault_client_product(const struct vault_client *client)
{
	return client->options.user_agent;
}

struct vault_upstream *
vault_client_choose(struct vault_client *client, unsigned tried)
{
	enum vault_upstream_state states[VAULT_CLIENT_MAX_UPSTREAMS];
	const struct vault_upstream_field field = {
		states, client->upstream_count, client->current, tried
	};
	size_t i;

	for (i = 0; i < client->upstream_count; i++)
		states[i] = client->upstreams[i].seen.role;
	i = vault_upstream_choose(&field);
	lh_assert(i < client->upstream_count);
	return &client->upstreams[i];
}

unsigned
vault_upstream_bit(const struct vault_upstream *upstream)
{
	return 1U << (upstream - upstream->client->upstreams);
}

unsigned
vault_client_all_bits(const struct vault_client *client)
{
	return (1U << client->upstream_count) - 1;
}

void
vault_client_saw_answer(struct vault_upstream *upstream, unsigned status)
{
	struct vault_client_state *seen = &upstream->seen;

	seen->reachable = true;
	seen->last_status = status;
	seen->last_answer = loop_mono(upstream->client->env.loop);
	seen->last_error[0] = '\0';
}

void
vault_client_saw_failure(struct vault_upstream *upstream, enum lh_err err,
    const struct lh_cause *cause)
{
	struct vault_client *client = upstream->client;
	struct vault_client_state *seen = &upstream->seen;
	const char *text = cause != NULL && cause->text[0] != '\0' ?
	    cause->text : lh_err_text(err);
	size_t len = strnlen(text, sizeof(seen->last_error) - 1);

	seen->reachable = false;
	seen->last_failure = loop_mono(client->env.loop);
	memcpy(seen->last_error, text, len);
	seen->last_error[len] = '\0';
	metrics_add(client->env.metrics, METRIC_UPSTREAM_ERRORS, 1);
}

void
vault_client_saw_role(struct vault_upstream *upstream,
    enum vault_upstream_state role)
{
	struct vault_client *client = upstream->client;
	enum vault_upstream_state was = upstream->seen.role;

	if (role == was)
		return;
	upstream->seen.role = role;
	upstream->in_doubt |= role == VAULT_UPSTREAM_UNKNOWN;
	if (role == VAULT_UPSTREAM_ACTIVE)
		doubt_others(upstream);
	if (client->upstream_count > 1)
		log_at(client->env.log, vault_upstream_is_usable(role) ?
		    LOG_LEVEL_INFO : LOG_LEVEL_WARN, "upstream.state",
		    log_text("address", upstream->address.text),
		    log_text("state", vault_upstream_state_name(role)),
		    log_text("was", vault_upstream_state_name(was)));
}

struct vault_link *
vault_client_link_ref(struct vault_link *link)
{
	link->holders++;
	return link;
}

void
vault_client_link_unref(struct vault_link **link)
{
	struct vault_link *old = *link;

	*link = NULL;
	if (old != NULL && --old->holders == 0)
		loop_later(old->loop, free_link, old);
}

static enum lh_err
add_upstreams(struct vault_client *client, const char *const *addresses,
    struct lh_cause *cause)
{
	enum lh_err err = LH_OK;
	size_t i;

	for (i = 0; err == LH_OK && i < VAULT_CLIENT_MAX_UPSTREAMS &&
	    addresses[i] != NULL; i++) {
		struct vault_upstream *upstream = &client->upstreams[i];

		upstream->client = client;
		upstream->in_doubt = true;
		err = vault_address_init(&upstream->address, addresses[i],
		    cause);
		if (err != LH_OK)
			break;
		client->upstream_count++;
		err = links_new(upstream, upstream->links, cause);
	}
	if (err == LH_OK && i == 0) {
		lh_cause_set(cause, "there is no address of a server");
		err = LH_ERR_CONFIG;
	}
	return err;
}

/* Of a cluster one is active: those that were may not be any more. */
static void
doubt_others(struct vault_upstream *upstream)
{
	struct vault_client *client = upstream->client;
	size_t i;

	for (i = 0; i < client->upstream_count; i++) {
		struct vault_upstream *other = &client->upstreams[i];

		if (other != upstream &&
		    other->seen.role == VAULT_UPSTREAM_ACTIVE)
			other->in_doubt = true;
	}
}

static void
copy_options(struct vault_client *client,
    const struct vault_client_options *options)
{
	struct vault_client_options *copy = &client->options;
	struct http_client_options *http = &copy->http;

	*copy = *options;
	memset(copy->addresses, 0, sizeof(copy->addresses));
	copy->user_agent = xstrdup(options->user_agent);
	if (copy->timeout <= 0)
		copy->timeout = DEFAULT_TIMEOUT;
	http->ca_file = xstrdup(options->http.ca_file);
	http->ca_path = xstrdup(options->http.ca_path);
	if (options->http.ca_pem.len > 0)
		http->ca_pem.ptr = span_dup(options->http.ca_pem);
	else
		http->ca_pem = SPAN_NONE;
	http->client_cert = xstrdup(options->http.client_cert);
	http->client_key = xstrdup(options->http.client_key);
	http->tls_server_name = xstrdup(options->http.tls_server_name);
	http->proxy = xstrdup(options->http.proxy);
	http->unix_socket = xstrdup(options->http.unix_socket);
}

static void
release_options(struct vault_client_options *options)
{
	struct http_client_options *http = &options->http;

	free((char *)options->user_agent);
	free((char *)http->ca_file);
	free((char *)http->ca_path);
	free((char *)http->ca_pem.ptr);
	free((char *)http->client_cert);
	free((char *)http->client_key);
	free((char *)http->tls_server_name);
	free((char *)http->proxy);
	free((char *)http->unix_socket);
}

static enum lh_err
links_new(const struct vault_upstream *upstream,
    struct vault_link *links_out[VAULT_LINES], struct lh_cause *cause)
{
	enum lh_err err = LH_OK;
	int line;

	for (line = 0; err == LH_OK && line < VAULT_LINES; line++)
		err = link_new(upstream, (enum vault_line)line,
		    &links_out[line], cause);
	return err;
}

static void
swap_links(struct vault_link *ours[VAULT_LINES],
    struct vault_link *theirs[VAULT_LINES])
{
	for (int line = 0; line < VAULT_LINES; line++) {
		struct vault_link *old = ours[line];

		ours[line] = theirs[line];
		theirs[line] = old;
	}
}

static void
links_release(struct vault_link *links[VAULT_LINES])
{
	for (int line = 0; line < VAULT_LINES; line++)
		vault_client_link_unref(&links[line]);
}

static enum lh_err
link_new(const struct vault_upstream *upstream, enum vault_line line,
    struct vault_link **link_out, struct lh_cause *cause)
{
	const struct vault_client *client = upstream->client;
	struct http_client_options options = client->options.http;
	struct http_client *http;
	struct vault_link *link;
	enum lh_err err;

	if (upstream->address.unix_socket != NULL) {
		options.unix_socket = upstream->address.unix_socket;
		options.proxy = NULL;
	}
	if (line == VAULT_LINE_OWN && options.max_connections > OWN_CONNECTIONS)
		options.max_connections = OWN_CONNECTIONS;
	err = http_client_new(&options, client->env.loop, &http, cause);
	if (err != LH_OK)
		return err;
	link = xcalloc(1, sizeof(*link));
	link->http = http;
	link->loop = client->env.loop;
	link->holders = 1;
	*link_out = link;
	return LH_OK;
}

static void
free_link(void *arg)
{
	struct vault_link *link = arg;

	http_client_free(link->http);
	free(link);
}
