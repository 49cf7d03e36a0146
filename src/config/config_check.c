/*
 * config_check - rules across keys, and what follows from several keys.
 *
 * First what was said in old places is carried to the new ones, then the rules
 * are asked in turn, last the options that depend on more than one key are
 * filled in. A rule that is broken is noted; the others are asked still.
 * Source: behaviour section 1.15.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config_schema.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "base/parse.h"
#include "base/xalloc.h"

typedef void rule_fn(struct config_state *state);

static rule_fn check_process, carry_auto_auth, need_a_purpose, need_a_listener,
    need_a_token_source, need_a_token_use, check_method, check_sinks,
    check_wrapping, check_vault, check_listeners, check_addresses_differ,
    warn_of_cert_login, fill_namespaces, fill_connections, fill_mount,
    try_method, fill_log_file, hand_out;

static rule_fn *const rules[] = {
	check_process, carry_auto_auth, need_a_purpose, need_a_listener,
	need_a_token_source, need_a_token_use, check_method, check_sinks,
	check_wrapping, check_vault, check_listeners, check_addresses_differ,
	warn_of_cert_login, fill_namespaces, fill_connections, fill_mount,
	try_method, fill_log_file, config_check_static,
	config_check_persist, config_check_revocation, hand_out
};

static bool is_given(struct config_place place);
static bool lacks_setting(const struct config_state *state);
static bool uses_token(const struct config_state *state);
static struct config_place place_of_vault(const struct config_state *state);
static void check_encryption(struct config_state *state,
    const struct config_sink_state *sink);
static void check_listener(struct config_state *state,
    struct config_listener_state *listener);
static void check_tcp(struct config_state *state,
    struct config_listener_state *listener);
static void check_reach(struct config_state *state,
    struct config_listener_state *listener, struct span host);
static void fill_hosts(struct config_state *state,
    struct config_listener_state *listener, struct span host);
static void check_unix(struct config_state *state,
    struct config_listener_state *listener);
static void check_tls(struct config_state *state,
    struct config_listener_state *listener);

void
config_check(struct config_state *state)
{
	size_t i;

	for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		rules[i](state);
}

void
config_check_server(struct config_state *state)
{
	check_vault(state);
	fill_namespaces(state);
}

static bool
is_given(struct config_place place)
{
	return place.line > 0;
}

static bool
uses_token(const struct config_state *state)
{
	return state->proxy_auto_auth == CONFIG_AUTO_AUTH_TRUE ||
	    state->proxy_auto_auth == CONFIG_AUTO_AUTH_FORCE;
}

/* The old place of use_auto_auth_token; "true" is carried like "force". */
static void
carry_auto_auth(struct config_state *state)
{
	if (state->cache_auto_auth == CONFIG_AUTO_AUTH_UNSET)
		return;
	if (state->proxy_auto_auth != CONFIG_AUTO_AUTH_UNSET) {
		config_notes_error(state->notes, state->cache,
		    "use_auto_auth_token is given in cache and in api_proxy; "
		    "keep the one in api_proxy");
		return;
	}
	config_notes_warn(state->notes, state->cache, "cache.use_auto_auth_"
	    "token is the old place; it belongs in api_proxy");
	state->proxy_auto_auth = state->cache_auto_auth;
}

static void
check_process(struct config_state *state)
{
	const struct config_process *process = &state->config.process;

	if (process->gid != FILE_IO_KEEP_ID && process->uid == FILE_IO_KEEP_ID)
		config_notes_error(state->notes, state->process,
		    "process.group goes with process.user; give both or "
		    "only the user");
}

static void
need_a_purpose(struct config_state *state)
{
	struct config_place nowhere = { "configuration", 0 };

	if (!is_given(state->auth) && !is_given(state->cache) &&
	    state->listener_count == 0)
		config_notes_error(state->notes, nowhere,
		    "no auto_auth, cache or listener block was found");
}

static void
need_a_listener(struct config_state *state)
{
	if (state->listener_count > 0)
		return;
	if (is_given(state->cache))
		config_notes_error(state->notes, state->cache,
		    "cache needs at least one listener block");
	if (is_given(state->proxy))
		config_notes_error(state->notes, state->proxy,
		    "api_proxy needs at least one listener block");
}

static void
need_a_token_source(struct config_state *state)
{
	if (uses_token(state) && !is_given(state->auth))
		config_notes_error(state->notes,
		    is_given(state->proxy) ? state->proxy : state->cache,
		    "use_auto_auth_token needs an auto_auth block");
}

static void
need_a_token_use(struct config_state *state)
{
	if (is_given(state->auth) && state->sink_count == 0 &&
	    !uses_token(state) && !state->cache_static_secrets)
		config_notes_error(state->notes, state->auth,
		    "auto_auth needs a use of its token: a sink block, or "
		    "use_auto_auth_token in api_proxy");
}

static void
check_method(struct config_state *state)
{
	struct auth_keeper_options *auth = &state->config.auth;
	struct auth_keeper_options preset;

	auth_keeper_options_init(&preset);
	if (auth->min_backoff == 0)
		auth->min_backoff = preset.min_backoff;
	if (auth->max_backoff == 0)
		auth->max_backoff = preset.max_backoff;
	if (is_given(state->auth) && !is_given(state->method))
		config_notes_error(state->notes, state->auth,
		    "auto_auth needs a method block");
	if (is_given(state->method) && auth->min_backoff > auth->max_backoff)
		config_notes_error(state->notes, state->method,
		    "auto_auth.method: min_backoff is greater than "
		    "max_backoff");
}

static void
check_sinks(struct config_state *state)
{
	size_t i;

	for (i = 0; i < state->sink_count; i++) {
		struct config_sink_state *sink = &state->sinks[i];

		if (sink->out.path == NULL)
			config_notes_error(state->notes, sink->place,
			    "auto_auth.sink needs \"path\" in its config "
			    "block");
		check_encryption(state, sink);
		if (sink->out.wrap_ttl > 0 && state->config.auth.wrap_ttl > 0)
			config_notes_error(state->notes, sink->place,
			    "wrap_ttl is given in auto_auth.method and in "
			    "auto_auth.sink; one of them must go");
		if (sink->dh_type == CONFIG_DH_CURVE25519)
			sink->out.dh.path = sink->dh_path;
	}
}

static void
check_encryption(struct config_state *state,
    const struct config_sink_state *sink)
{
	bool encrypts = sink->dh_type != CONFIG_DH_NONE;

	if (encrypts != (sink->dh_path != NULL))
		config_notes_error(state->notes, sink->place,
		    "auto_auth.sink: dh_type and dh_path go together; give "
		    "both or neither");
	if (!encrypts && (sink->aad != NULL || sink->aad_variable != NULL))
		config_notes_error(state->notes, sink->place,
		    "auto_auth.sink: aad and aad_env_var need dh_type");
	if (!encrypts && sink->out.dh.derive_key)
		config_notes_error(state->notes, sink->place,
		    "auto_auth.sink: derive_key needs dh_type");
}

/* What is wrapped is for one reader, once, and nothing is left for us. */
static void
check_wrapping(struct config_state *state)
{
	if (state->config.auth.wrap_ttl == 0)
		return;
	if (state->sink_count != 1)
		config_notes_error(state->notes, state->method,
		    "auto_auth.method.wrap_ttl needs exactly one sink, not "
		    "%zu", state->sink_count);
	if (uses_token(state))
		config_notes_error(state->notes, state->method,
		    "auto_auth.method.wrap_ttl leaves no token for "
		    "use_auto_auth_token; one of them must go");
	if (config_auth_is_token_file(state))
		config_notes_error(state->notes, state->method,
		    "auto_auth.method.wrap_ttl: method \"token_file\" never "
		    "logs in; wrap the token with wrap_ttl of the sink");
}

static struct config_place
place_of_vault(const struct config_state *state)
{
	return is_given(state->vault) ? state->vault
	    : (struct config_place){ "vault", 0 };
}

static void
check_vault(struct config_state *state)
{
	const struct http_client_options *http = &state->config.vault.http;
	struct config_place place = place_of_vault(state);

	if ((http->client_cert == NULL) != (http->client_key == NULL))
		config_notes_error(state->notes, place,
		    "vault.client_cert and vault.client_key "
		    "(VAULT_CLIENT_CERT, VAULT_CLIENT_KEY) go together; "
		    "give both or neither");
	if (span_starts(span_of(http->proxy), SPAN_LITERAL("unix:")))
		config_notes_error(state->notes, place,
		    "vault.proxy_address must be http or https");
	if (http->tls_skip_verify)
		config_notes_warn(state->notes, place,
		    "tls_skip_verify: whoever is in between reads every "
		    "secret");
}

static void
check_listeners(struct config_state *state)
{
	size_t i;

	for (i = 0; i < state->listener_count; i++)
		check_listener(state, &state->listeners[i]);
}

static void
check_listener(struct config_state *state,
    struct config_listener_state *listener)
{
	if (listener->out.socket.kind == HTTP_LISTENER_UNIX)
		check_unix(state, listener);
	else
		check_tcp(state, listener);
	listener->out.has_tls = !listener->tls_disable;
	listener->out.enable_quit = listener->agent_quit ||
	    listener->proxy_quit;
	if (listener->out.has_tls)
		check_tls(state, listener);
}

static void
check_tcp(struct config_state *state, struct config_listener_state *listener)
{
	const struct http_listener_options *socket = &listener->out.socket;
	struct span host;
	uint16_t port;

	if (parse_host_port(span_of(socket->address), &host, &port) != LH_OK) {
		config_notes_error(state->notes, listener->place,
		    "listener.address: must be host:port, not \"%.100s\"",
		    socket->address);
		return;
	}
	check_reach(state, listener, host);
	if (socket->allow_uids.count > 0 || socket->allow_gids.count > 0)
		config_notes_error(state->notes, listener->place,
		    "listener: allow_uids and allow_gids need a unix "
		    "listener: the users of a tcp one are not known");
	if (socket->set_mode || socket->uid != FILE_IO_KEEP_ID ||
	    socket->gid != FILE_IO_KEEP_ID)
		config_notes_warn(state->notes, listener->place,
		    "socket_mode, socket_user and socket_group have no "
		    "effect on a tcp listener");
}

/* host: without brackets. */
static void
check_reach(struct config_state *state,
    struct config_listener_state *listener, struct span host)
{
	const char *address = listener->out.socket.address;

	if (config_is_loopback(host)) {
		if (listener->out.allowed_hosts.count == 0)
			fill_hosts(state, listener, host);
	} else if (!listener->allow_remote) {
		config_notes_error(state->notes, listener->place,
		    "listener.address: %.100s is reached from other machines, "
		    "who could use our token; listen on 127.0.0.1, or say "
		    "\"allow_remote = true\" in this listener", address);
	} else if (listener->tls_disable) {
		config_notes_warn(state->notes, listener->place,
		    "listener.address: %.100s is open to the network without "
		    "TLS", address);
	}
}

/* The names of this machine for itself, which no other machine can have. */
static void
fill_hosts(struct config_state *state, struct config_listener_state *listener,
    struct span host)
{
	bool is_v6 = span_find(host, ':') < host.len;
	char *own = xasprintf(is_v6 ? "[%.*s]" : "%.*s", (int)host.len,
	    host.ptr);
	const char *hosts[] = { "localhost", "127.0.0.1", "[::1]", NULL };
	size_t count = 3, i;

	for (i = 0; i < 3; i++) {
		if (span_equal_nocase(span_of(own), span_of(hosts[i])))
			break;
	}
	if (i == 3)
		hosts[count++] = config_texts_keep(&state->texts,
		    span_of(own));
	free(own);
	listener->out.allowed_hosts = (struct text_list){
		config_texts_keep_block(&state->texts, hosts,
		    count * sizeof(hosts[0])), count };
}

static void
check_unix(struct config_state *state, struct config_listener_state *listener)
{
	struct http_listener_options *socket = &listener->out.socket;
	const char *preset =
	    config_schema_key("listener", "address")->preset;

	if (strncmp(socket->address, "unix://", 7) == 0)
		socket->address += 7;
	if (strcmp(socket->address, preset) == 0 ||
	    socket->address[0] == '\0')
		config_notes_error(state->notes, listener->place,
		    "listener.address: a unix listener needs the path of its "
		    "socket");
	else if (strlen(socket->address) >=
	    sizeof(((struct sockaddr_un *)0)->sun_path))
		config_notes_error(state->notes, listener->place,
		    "listener.address: the path is too long for a socket");
}

static void
check_tls(struct config_state *state, struct config_listener_state *listener)
{
	const struct http_tls_options *tls = &listener->out.tls;
	struct config_place place = listener->place;

	if (tls->cert_file == NULL)
		config_notes_error(state->notes, place,
		    "listener needs \"tls_cert_file\", or tls_disable = true");
	if (tls->key_file == NULL)
		config_notes_error(state->notes, place,
		    "listener needs \"tls_key_file\", or tls_disable = true");
	if (tls->min_version > tls->max_version)
		config_notes_error(state->notes, place,
		    "listener: tls_min_version is above tls_max_version");
	if (listener->tls_disable_client_certs &&
	    (tls->require_client_cert || tls->client_ca_file != NULL))
		config_notes_error(state->notes, place,
		    "listener: tls_disable_client_certs excludes "
		    "tls_require_and_verify_client_cert and "
		    "tls_client_ca_file");
	else if (tls->require_client_cert && tls->client_ca_file == NULL)
		config_notes_error(state->notes, place,
		    "listener: tls_require_and_verify_client_cert needs "
		    "\"tls_client_ca_file\"");
}

/* Port 0 is whatever is free, so it is never the same twice. */
static void
check_addresses_differ(struct config_state *state)
{
	const struct config_listener_state *one, *other;

	for (one = state->listeners;
	    one < state->listeners + state->listener_count; one++) {
		struct span address = span_of(one->out.socket.address);

		if (span_ends(address, SPAN_LITERAL(":0")))
			continue;
		for (other = state->listeners; other < one; other++) {
			if (!span_equal(address,
			    span_of(other->out.socket.address)))
				continue;
			config_notes_error(state->notes, one->place,
			    "listener.address: %.100s is also that of the "
			    "listener on line %u",
			    one->out.socket.address, other->place.line);
			break;
		}
	}
}

static void
warn_of_cert_login(struct config_state *state)
{
	size_t i;

	if (!is_given(state->cache) || state->config.method.type == NULL ||
	    strcmp(state->config.method.type, "cert") != 0)
		return;
	for (i = 0; i < state->config.method.setting_count; i++) {
		if (strcmp(state->config.method.settings[i].name,
		    "client_cert") == 0)
			return;
	}
	config_notes_warn(state->notes, state->method,
	    "method cert without client_cert uses the certificate of the "
	    "vault block, which every caller's requests are sent with");
}

/* Environment and flag beat the method's, which beats that of vault. */
static void
fill_namespaces(struct config_state *state)
{
	const char *ours = state->vault_namespace;
	const char *login = state->method_namespace;

	if (ours == NULL || ours[0] == '\0')
		ours = login;
	if (login == NULL || login[0] == '\0')
		login = state->vault_namespace;
	if (state->config.namespace != NULL)
		ours = login = state->config.namespace;
	else
		state->config.namespace = "";
	state->vault_namespace = ours;
	state->method_namespace = login;
	state->config.auth.namespace = login != NULL ? login : "";
	state->config.proxy.namespace =
	    state->prepend_namespace && ours != NULL ? ours : "";
}

/* All requests to the server share one pool, so one word is enough. */
static void
fill_connections(struct config_state *state)
{
	unsigned bits = state->idle_subsystems | state->keep_alive_subsystems;

	state->config.vault.http.no_keep_alive = (bits &
	    (CONFIG_SUBSYSTEM_CACHING | CONFIG_SUBSYSTEM_PROXYING)) != 0;
	if (bits != 0 && !state->config.vault.http.no_keep_alive)
		config_notes_warn(state->notes,
		    (struct config_place){ "configuration", 0 },
		    "disable_idle_connections, disable_keep_alives: only "
		    "caching and proxying have an effect here");
}

static void
fill_mount(struct config_state *state)
{
	struct span mount = span_of(state->method_mount);
	struct auth_method_options *method = &state->config.method;
	char *text;

	if (method->type == NULL)
		return;
	while (span_ends(mount, SPAN_LITERAL("/")))
		mount.len--;
	if (mount.len == 0) {
		text = xasprintf("auth/%s", method->type);
		mount = span_of(text);
		method->mount_path = config_texts_keep(&state->texts, mount);
		free(text);
	} else {
		method->mount_path = config_texts_keep(&state->texts, mount);
	}
	state->method_mount = method->mount_path;
}

/* The rules across its own keys are told by the method itself. */
static void
try_method(struct config_state *state)
{
	struct auth_method *method = NULL;
	struct lh_cause cause;

	if (state->method_type == NULL || lacks_setting(state))
		return;
	if (auth_method_new(&state->config.method, &method, &cause) != LH_OK)
		config_notes_error(state->notes, state->method,
		    "auto_auth.method: %s", cause.text);
	auth_method_free(method);
}

/* That was told already. */
static bool
lacks_setting(const struct config_state *state)
{
	const struct auth_key *key;

	for (key = state->method_type->keys; key->name != NULL; key++) {
		if (key->required && auth_setting(&state->config.method,
		    key->name) == NULL)
			return true;
	}
	return false;
}

static void
fill_log_file(struct config_state *state)
{
	const char *file = state->config.log.file;
	struct stat st;
	char *text;

	if (file == NULL)
		return;
	if (span_ends(span_of(file), SPAN_LITERAL("/")))
		text = xasprintf("%sleasehold.log", file);
	else if (stat(file, &st) == 0 && S_ISDIR(st.st_mode))
		text = xasprintf("%s/leasehold.log", file);
	else
		return;
	state->config.log.file = config_texts_keep(&state->texts,
	    span_of(text));
	free(text);
}

static void
hand_out(struct config_state *state)
{
	static const enum proxy_auto_auth auto_auth[] = {
		PROXY_AUTO_AUTH_OFF, PROXY_AUTO_AUTH_OFF, PROXY_AUTO_AUTH_ON,
		PROXY_AUTO_AUTH_FORCE
	};
	struct config *config = &state->config;
	size_t i;

	config->has_auth = is_given(state->auth);
	config->has_cache = is_given(state->cache);
	config->cache.lifetimes = (struct cache_lifetimes){
		state->lifetimes, state->lifetime_count
	};
	config->has_telemetry = is_given(state->telemetry);
	config->telemetry.prometheus = config->has_telemetry &&
	    config->prometheus_retention > 0;
	if (config->telemetry.prefix == NULL)
		config->telemetry.prefix = "";
	config->proxy.auto_auth = auto_auth[state->proxy_auto_auth];
	config->listeners = xcalloc(state->listener_count + 1,
	    sizeof(*config->listeners));
	for (i = 0; i < state->listener_count; i++)
		config->listeners[i] = state->listeners[i].out;
	config->listener_count = state->listener_count;
	config->sinks = xcalloc(state->sink_count + 1,
	    sizeof(*config->sinks));
	for (i = 0; i < state->sink_count; i++)
		config->sinks[i] = state->sinks[i].out;
	config->sink_count = state->sink_count;
	config->cache.static_answers.rows = state->statics;
	config->cache.static_answers.row_count = state->static_count;
}
