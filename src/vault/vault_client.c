/*
 * vault_client - the server as one thing: its address, its connections, what
 * was seen of it last. The calls are in vault_call.c.
 *
 * A reload makes a second http_client. Tries under way finish on the old one,
 * which is freed, in a later turn, when the last of them let go of it.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "vault_client_parts.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"

#define DEFAULT_RETRIES 12
#define DEFAULT_RETRY_WAIT 1000
#define DEFAULT_TIMEOUT 60000

static void copy_options(struct vault_client *client,
    const struct vault_client_options *options);
static void release_options(struct vault_client_options *options);
static enum lh_err link_new(const struct vault_client *client,
    struct vault_link **link_out, struct lh_cause *cause);
static void free_link(void *arg);

void
vault_client_options_init(struct vault_client_options *options)
{
	memset(options, 0, sizeof(*options));
	http_client_options_init(&options->http);
	options->address = "https://127.0.0.1:8200";
	options->max_retries = DEFAULT_RETRIES;
	options->retry_wait = DEFAULT_RETRY_WAIT;
	options->timeout = DEFAULT_TIMEOUT;
	options->user_agent = "leasehold";
}

enum lh_err
vault_client_new(const struct vault_client_options *options,
    const struct vault_client_env *env, struct vault_client **client_out,
    struct lh_cause *cause)
{
	struct vault_client *client = xcalloc(1, sizeof(*client));
	enum lh_err err;

	client->env = *env;
	err = vault_address_init(&client->address, options->address, cause);
	if (err == LH_OK) {
		copy_options(client, options);
		err = link_new(client, &client->link, cause);
	}
	if (err != LH_OK) {
		vault_client_free(client);
		return err;
	}
	*client_out = client;
	return LH_OK;
}

void
vault_client_free(struct vault_client *client)
{
	if (client == NULL)
		return;
	while (client->calls != NULL)
		vault_call_cancel(client->calls);
	vault_client_link_unref(&client->link);
	release_options(&client->options);
	vault_address_release(&client->address);
	free(client);
}

enum lh_err
vault_client_reload(struct vault_client *client, struct lh_cause *cause)
{
	struct vault_link *link;
	enum lh_err err;

	err = link_new(client, &link, cause);
	if (err != LH_OK)
		return err;
	vault_client_link_unref(&client->link);
	client->link = link;
	return LH_OK;
}

void
vault_client_state(const struct vault_client *client,
    struct vault_client_state *out)
{
	*out = client->state;
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

const char *
vault_client_address(const struct vault_client *client)
{
	return client->address.text;
}

void
vault_client_saw_answer(struct vault_client *client, unsigned status)
{
	client->state.reachable = true;
	client->state.last_status = status;
	client->state.last_answer = loop_mono(client->env.loop);
	client->state.last_error[0] = '\0';
}

void
vault_client_saw_failure(struct vault_client *client, enum lh_err err,
    const struct lh_cause *cause)
{
	const char *text = cause != NULL && cause->text[0] != '\0' ?
	    cause->text : lh_err_text(err);
	size_t len = strnlen(text, sizeof(client->state.last_error) - 1);

	client->state.reachable = false;
	client->state.last_failure = loop_mono(client->env.loop);
	memcpy(client->state.last_error, text, len);
	client->state.last_error[len] = '\0';
	metrics_add(client->env.metrics, METRIC_UPSTREAM_ERRORS, 1);
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

static void
copy_options(struct vault_client *client,
    const struct vault_client_options *options)
{
	struct vault_client_options *copy = &client->options;
	struct http_client_options *http = &copy->http;

	*copy = *options;
	copy->address = NULL;
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
	http->unix_socket = xstrdup(client->address.unix_socket != NULL ?
	    client->address.unix_socket : options->http.unix_socket);
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
link_new(const struct vault_client *client, struct vault_link **link_out,
    struct lh_cause *cause)
{
	struct http_client *http;
	struct vault_link *link;
	enum lh_err err;

	err = http_client_new(&client->options.http, client->env.loop, &http,
	    cause);
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
