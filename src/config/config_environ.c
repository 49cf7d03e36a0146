/*
 * config_environ - what the environment and the command line say over the
 * files.
 *
 * Both name keys of the table, so a value is read the same way wherever it
 * comes from. Each variable is looked for as BAO_X, then as VAULT_X; a set but
 * empty one counts as set, but for numbers, durations, addresses and
 * namespaces, which are never empty. VAULT_TOKEN is never read: the token is
 * the method's.
 * Source: behaviour section 1.6.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config_schema.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "base/parse.h"

#define MAX_NAME 64
#define MAX_RETRIES 100

struct environ {
	struct config_state *state;
	config_env_fn *look;
};

/* The host and port of an address. */
struct target {
	struct span host;	/* brackets off */
	uint16_t port;
};

struct variable {
	const char *name;	/* without BAO_ or VAULT_ */
	const char *block;
	const char *key;
	bool needs_text;	/* empty it says nothing */
};

static const struct variable variables[] = {
	{ "ADDR", "vault", "address", true },
	{ "CACERT", "vault", "ca_cert", false },
	{ "CAPATH", "vault", "ca_path", false },
	{ "CLIENT_CERT", "vault", "client_cert", false },
	{ "CLIENT_KEY", "vault", "client_key", false },
	{ "TLS_SERVER_NAME", "vault", "tls_server_name", false },
	{ "SKIP_VERIFY", "vault", "tls_skip_verify", false },
	{ "CLIENT_TIMEOUT", "vault", "client_timeout", true },
	{ "HTTP_PROXY", "vault", "proxy_address", true },
	{ "PROXY_ADDR", "vault", "proxy_address", true },	/* beats it */
	{ "LOG_LEVEL", "", "log_level", false },
	{ "LOG_FORMAT", "", "log_format", false },
	{ "AGENT_DISABLE_IDLE_CONNECTIONS", "", "disable_idle_connections",
	    false },
	{ "PROXY_DISABLE_IDLE_CONNECTIONS", "", "disable_idle_connections",
	    false },
	{ "AGENT_DISABLE_KEEP_ALIVES", "", "disable_keep_alives",
	    false },
	{ "PROXY_DISABLE_KEEP_ALIVES", "", "disable_keep_alives",
	    false },
};

/* Read by the incumbents; silence would look like obedience. */
static const char *const unbuilt[] = {
	"RATE_LIMIT", "SRV_LOOKUP", "CLIENT_CERT_BYTES", "CLIENT_KEY_BYTES"
};

static const struct config_key namespace_key = {
	.kind = &config_kind_namespace
};
static const struct config_key retries_key = {
	.kind = &config_kind_count, .range = { 0, MAX_RETRIES },
	.field = { 0, sizeof(unsigned) }
};

static const char *look_up(const struct environ *env, const char *name,
    char full_out[MAX_NAME]);
static bool says_nothing(const struct variable *variable, const char *value);
static void set_key(struct config_state *state, const struct config_key *key,
    void *field, const char *text, const char *source);
static void set_named(struct config_state *state, const char *block,
    const char *name, const char *text, const char *source);
static void apply_variables(const struct environ *env);
static void apply_flags(struct config_state *state,
    const struct config_flags *flags);
static void apply_exit_after_auth(struct config_state *state,
    const char *text);
static void apply_forward_proxy(const struct environ *env);
static const char *proxy_of(const struct environ *env, struct span address,
    const struct target *target, const char **name_out);
static void set_forward_proxy(struct config_state *state, const char *name,
    const char *value);
static void apply_aad(const struct environ *env);
static const char *look_up_either(const struct environ *env,
    const char *upper, const char *lower, const char **name_out);
static bool target_of(struct span address, struct target *out);
static struct span without_brackets(struct span host);
static bool is_exempt(struct span list, const struct target *target);
static bool covers(struct span entry, const struct target *target);
static bool is_in_network(struct span network, struct span host);
static size_t read_ip(struct span text, unsigned char out[16]);

void
config_environ_apply(struct config_state *state,
    const struct config_flags *flags, config_env_fn *environment)
{
	struct environ env = { state, environment };

	apply_variables(&env);
	apply_flags(state, flags);
	apply_forward_proxy(&env);
	apply_aad(&env);
}

bool
config_is_loopback(struct span host)
{
	char text[INET6_ADDRSTRLEN];
	struct in_addr v4;
	struct in6_addr v6;

	if (span_equal_nocase(host, SPAN_LITERAL("localhost")))
		return true;
	if (host.len >= sizeof(text) || host.len == 0)
		return false;
	memcpy(text, host.ptr, host.len);
	text[host.len] = '\0';
	if (inet_pton(AF_INET, text, &v4) == 1)
		return ntohl(v4.s_addr) >> 24 == IN_LOOPBACKNET;
	return inet_pton(AF_INET6, text, &v6) == 1 &&
	    IN6_IS_ADDR_LOOPBACK(&v6);
}

static const char *
look_up(const struct environ *env, const char *name, char full_out[MAX_NAME])
{
	const char *value;

	snprintf(full_out, MAX_NAME, "BAO_%s", name);
	value = env->look(full_out);
	if (value != NULL)
		return value;
	snprintf(full_out, MAX_NAME, "VAULT_%s", name);
	return env->look(full_out);
}

/* No time at all is how the incumbents write the default. */
static bool
says_nothing(const struct variable *variable, const char *value)
{
	const struct config_key *key = config_schema_key(variable->block,
	    variable->key);
	span_ms time;

	if (variable->needs_text && value[0] == '\0')
		return true;
	return key->kind == &config_kind_duration &&
	    parse_duration(span_of(value), &time) == LH_OK && time == 0;
}

static void
set_key(struct config_state *state, const struct config_key *key, void *field,
    const char *text, const char *source)
{
	struct config_place place = {
	    config_texts_keep(&state->texts, span_of(source)), 0 };
	struct config_node node = { .kind = CONFIG_TEXT,
	    .text = config_texts_keep(&state->texts, span_of(text)) };
	struct lh_cause why;
	struct config_slot slot = { key, field, &state->texts, &why };

	if (!key->kind->set(&slot, &node))
		config_notes_error(state->notes, place, "%s", why.text);
}

static void
set_named(struct config_state *state, const char *block, const char *name,
    const char *text, const char *source)
{
	const struct config_key *key = config_schema_key(block, name);

	set_key(state, key, config_key_field(key, state), text, source);
}

static void
apply_variables(const struct environ *env)
{
	struct config_state *state = env->state;
	struct vault_client_options *vault = &state->config.vault;
	char name[MAX_NAME];
	const char *value;
	size_t i;

	for (i = 0; i < sizeof(variables) / sizeof(variables[0]); i++) {
		value = look_up(env, variables[i].name, name);
		if (value != NULL && !says_nothing(&variables[i], value))
			set_named(state, variables[i].block,
			    variables[i].key, value, name);
	}
	value = look_up(env, "NAMESPACE", name);
	if (value != NULL && value[0] != '\0')
		set_key(state, &namespace_key, &state->config.namespace,
		    value, name);
	value = look_up(env, "MAX_RETRIES", name);
	if (value != NULL && value[0] != '\0')
		set_key(state, &retries_key, &vault->max_retries, value,
		    name);
	value = look_up(env, "CACERT_BYTES", name);
	if (value != NULL)
		vault->http.ca_pem = span_of(config_texts_keep(&state->texts,
		    span_of(value)));
	value = env->look("JOURNAL_STREAM");
	if (value != NULL)
		state->config.log.journal = config_texts_keep(&state->texts,
		    span_of(value));
	for (i = 0; i < sizeof(unbuilt) / sizeof(unbuilt[0]); i++) {
		if (look_up(env, unbuilt[i], name) != NULL)
			config_notes_warn(state->notes,
			    (struct config_place){ name, 0 },
			    "is not built yet; it has no effect");
	}
}

static void
apply_flags(struct config_state *state, const struct config_flags *flags)
{
	const struct {
		const char *value, *flag, *block, *key;
	} rows[] = {
		{ flags->address, "-address", "vault", "address" },
		{ flags->ca_cert, "-ca-cert", "vault", "ca_cert" },
		{ flags->ca_path, "-ca-path", "vault", "ca_path" },
		{ flags->client_cert, "-client-cert", "vault",
		    "client_cert" },
		{ flags->client_key, "-client-key", "vault", "client_key" },
		{ flags->tls_server_name, "-tls-server-name", "vault",
		    "tls_server_name" },
		{ flags->tls_skip_verify, "-tls-skip-verify", "vault",
		    "tls_skip_verify" },
		{ flags->log_level, "-log-level", "", "log_level" },
		{ flags->log_format, "-log-format", "", "log_format" },
		{ flags->log_file, "-log-file", "", "log_file" },
		{ flags->log_rotate_bytes, "-log-rotate-bytes", "",
		    "log_rotate_bytes" },
		{ flags->log_rotate_duration, "-log-rotate-duration", "",
		    "log_rotate_duration" },
		{ flags->log_rotate_max_files, "-log-rotate-max-files", "",
		    "log_rotate_max_files" },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].value != NULL)
			set_named(state, rows[i].block, rows[i].key,
			    rows[i].value, rows[i].flag);
	}
	if (flags->namespace != NULL && flags->namespace[0] != '\0')
		set_key(state, &namespace_key, &state->config.namespace,
		    flags->namespace, "-namespace");
	apply_exit_after_auth(state, flags->exit_after_auth);
	state->config.log.to_stdout = flags->combine_logs;
}

/* The key takes no text; the flag is nothing else. */
static void
apply_exit_after_auth(struct config_state *state, const char *text)
{
	static const struct config_key key = { .kind = &config_kind_bool };

	if (text != NULL)
		set_key(state, &key, &state->config.exit_after_auth, text,
		    "-exit-after-auth");
}

/* What the system's variables say where ours and the files say nothing. There
 * is one way to all servers. */
static void
apply_forward_proxy(const struct environ *env)
{
	const struct vault_client_options *vault = &env->state->config.vault;
	const char *value = NULL, *name = NULL;
	bool is_first = true;
	size_t i;

	if (vault->http.proxy != NULL)
		return;
	for (i = 0; i < VAULT_CLIENT_MAX_UPSTREAMS; i++) {
		struct span address = span_of(vault->addresses[i]);
		const char *own, *own_name;
		struct target target;

		if (!target_of(address, &target))
			continue;
		own = proxy_of(env, address, &target, &own_name);
		if (!is_first && !span_equal(span_of(own), span_of(value))) {
			config_notes_error(env->state->notes,
			    (struct config_place){ own != NULL ? own_name :
			    name, 0 }, "is not meant for all addresses of "
			    "vault.address; set vault.proxy_address");
			return;
		}
		value = own;
		name = own_name;
		is_first = false;
	}
	if (value != NULL)
		set_forward_proxy(env->state, name, value);
}

/* NULL: none is told, or not for this host. */
static const char *
proxy_of(const struct environ *env, struct span address,
    const struct target *target, const char **name_out)
{
	const char *value, *exempt, *unused;

	if (span_starts(address, SPAN_LITERAL("https:")))
		value = look_up_either(env, "HTTPS_PROXY", "https_proxy",
		    name_out);
	else
		value = look_up_either(env, "HTTP_PROXY", "http_proxy",
		    name_out);
	exempt = look_up_either(env, "NO_PROXY", "no_proxy", &unused);
	if (value == NULL || value[0] == '\0' ||
	    config_is_loopback(target->host) ||
	    is_exempt(span_of(exempt), target))
		return NULL;
	return value;
}

static void
set_forward_proxy(struct config_state *state, const char *name,
    const char *value)
{
	struct bytes url;

	bytes_init(&url, LH_CAUSE_MAX);
	if (bytes_printf(&url, "%s%s", strstr(value, "://") != NULL ? ""
	    : "http://", value) == LH_OK &&
	    bytes_append(&url, "", 1) == LH_OK)
		set_named(state, "vault", "proxy_address", url.data, name);
	else
		config_notes_error(state->notes,
		    (struct config_place){ name, 0 }, "is too long");
	bytes_release(&url);
}

/* The name of the variable is told by the sink, whole. */
static void
apply_aad(const struct environ *env)
{
	struct config_state *state = env->state;
	const char *value;

	for (size_t i = 0; i < state->sink_count; i++) {
		struct config_sink_state *sink = &state->sinks[i];

		value = sink->aad_variable == NULL ? NULL :
		    env->look(sink->aad_variable);
		sink->out.dh.aad = value == NULL ? sink->aad :
		    config_texts_keep(&state->texts, span_of(value));
	}
}

static const char *
look_up_either(const struct environ *env, const char *upper,
    const char *lower, const char **name_out)
{
	const char *value = env->look(upper);

	*name_out = value != NULL ? upper : lower;
	return value != NULL ? value : env->look(lower);
}

/* False: it is no http address. */
static bool
target_of(struct span address, struct target *out)
{
	struct span rest;

	if (span_starts(address, SPAN_LITERAL("https://"))) {
		rest = span_skip(address, 8);
		out->port = 443;
	} else if (span_starts(address, SPAN_LITERAL("http://"))) {
		rest = span_skip(address, 7);
		out->port = 80;
	} else
		return false;
	rest = span_cut(&rest, '/');
	while (span_find(rest, '@') < rest.len)
		rest = span_skip(rest, span_find(rest, '@') + 1);
	if (parse_host_port(rest, &out->host, &out->port) != LH_OK)
		out->host = rest;
	out->host = without_brackets(out->host);
	return true;
}

static struct span
without_brackets(struct span host)
{
	if (host.len > 2 && host.ptr[0] == '[' &&
	    host.ptr[host.len - 1] == ']')
		return (struct span){ host.ptr + 1, host.len - 2 };
	return host;
}

static bool
is_exempt(struct span list, const struct target *target)
{
	while (list.len > 0) {
		if (covers(span_trim(span_cut(&list, ',')), target))
			return true;
	}
	return false;
}

/* "*", the host itself, a domain it lies in, with or without a dot or "*."
 * before it, or a network; a port behind it, or any. */
static bool
covers(struct span entry, const struct target *target)
{
	struct span host = target->host;
	struct span name, tail;
	uint16_t port;

	if (span_equal(entry, SPAN_LITERAL("*")))
		return true;
	if (span_find(entry, '/') < entry.len)
		return is_in_network(entry, host);
	if (parse_host_port(entry, &name, &port) == LH_OK) {
		if (port != target->port)
			return false;
		entry = name;
	}
	entry = without_brackets(entry);
	if (span_starts(entry, SPAN_LITERAL("*.")))
		entry = span_skip(entry, 1);
	if (span_starts(entry, SPAN_LITERAL(".")))
		entry = span_skip(entry, 1);
	if (entry.len == 0 || entry.len > host.len)
		return false;
	tail = span_skip(host, host.len - entry.len);
	return span_equal_nocase(tail, entry) && (tail.len == host.len ||
	    host.ptr[host.len - tail.len - 1] == '.');
}

/* network: address/bits. */
static bool
is_in_network(struct span network, struct span host)
{
	unsigned char theirs[16], ours[16];
	struct span address = span_cut(&network, '/');
	size_t len = read_ip(address, theirs);
	uint64_t bits;
	unsigned mask;

	if (len == 0 || read_ip(host, ours) != len ||
	    parse_uint(network, len * 8, &bits) != LH_OK)
		return false;
	if (memcmp(theirs, ours, bits / 8) != 0)
		return false;
	mask = bits % 8 == 0 ? 0 : 0xff00U >> (bits % 8);
	return mask == 0 ||
	    ((theirs[bits / 8] ^ ours[bits / 8]) & mask & 0xff) == 0;
}

/* Gives its length in bytes; 0: it is no address. */
static size_t
read_ip(struct span text, unsigned char out[16])
{
	char buffer[INET6_ADDRSTRLEN];

	if (text.len == 0 || text.len >= sizeof(buffer))
		return 0;
	memcpy(buffer, text.ptr, text.len);
	buffer[text.len] = '\0';
	if (inet_pton(AF_INET, buffer, out) == 1)
		return 4;
	return inet_pton(AF_INET6, buffer, out) == 1 ? 16 : 0;
}
