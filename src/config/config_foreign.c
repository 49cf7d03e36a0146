/*
 * config_foreign - keys that the incumbents know and we do not have.
 *
 * Either they do nothing in an agent or proxy anyway, and an old file goes on
 * working with a warning; or they ask for something that is not built, and
 * are refused by name, for a file that is half obeyed is worse than none.
 * Source: behaviour sections 1.8 to 1.14.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config_schema.h"

#include <string.h>
#include <strings.h>

#include "base/parse.h"
#include "base/span.h"

#define NONE CONFIG_NO_EFFECT, CONFIG_FOREIGN_ANY, NULL, NULL
#define NONE_OF(type) CONFIG_NO_EFFECT, CONFIG_FOREIGN_##type, NULL, NULL
#define LATER CONFIG_NOT_BUILT, CONFIG_FOREIGN_ANY

static const char no_templates[] =
    "leasehold renders no templates and runs no programs";
static const char no_injected[] =
    "leasehold renders no templates; read the secret through a listener (with "
    "the injector: agent-cache-enable, and no annotations "
    "agent-inject-secret-* and agent-inject-template-*)";
static const char no_static[] =
    "leased answers are cached as well; remove the key";
static const char no_push[] =
    "metrics go to statsd_address and dogstatsd_addr, or are read";
static const char no_acme[] = "give tls_cert_file and tls_key_file";

static const struct config_foreign foreigners[] = {
	{ "template", LATER, "", no_injected },
	{ "template_config", CONFIG_NO_EFFECT, CONFIG_FOREIGN_ANY, NULL,
	    no_templates },
	{ "env_template", LATER, NULL, no_templates },
	{ "exec", LATER, NULL, no_templates },
	{ "cluster_name", NONE_OF(TEXT) },
	{ "disable_mlock", NONE_OF(BOOL) },

	{ "api_proxy.when_inconsistent", NONE_OF(INCONSISTENT) },
	{ "cache.when_inconsistent", NONE_OF(INCONSISTENT) },
	{ "cache.disable_caching_dynamic_secrets", LATER, "false",
	    no_static },

	{ "listener.tls_acme_*", LATER, NULL, no_acme },
	{ "listener.tls_auto_reload", LATER, "false",
	    "send SIGHUP to load a renewed certificate" },
	{ "listener.tls_auto_reload_interval", LATER, NULL,
	    "send SIGHUP to load a renewed certificate" },
	{ "listener.tls_key_exchange_preferences", LATER, NULL,
	    "the choice is left to OpenSSL" },
	{ "listener.tls_prefer_server_cipher_suites", NONE_OF(BOOL) },
	{ "listener.purpose", NONE },
	{ "listener.max_request_size", NONE_OF(NUMBER) },
	{ "listener.max_request_duration", NONE_OF(DURATION) },
	{ "listener.http_read_timeout", NONE_OF(DURATION) },
	{ "listener.http_read_header_timeout", NONE_OF(DURATION) },
	{ "listener.http_write_timeout", NONE_OF(DURATION) },
	{ "listener.http_idle_timeout", NONE_OF(DURATION) },
	{ "listener.telemetry", NONE },
	{ "listener.profiling", NONE },
	{ "listener.inflight_requests_logging", NONE },
	{ "listener.cors_*", NONE },
	{ "listener.custom_response_headers", NONE },
	{ "listener.x_forwarded_for_*", NONE },
	{ "listener.proxy_protocol_*", NONE },
	{ "listener.disable_replication_status_endpoints", NONE_OF(BOOL) },
	{ "listener.disable_request_limiter", NONE_OF(BOOL) },
	{ "listener.redact_*", NONE },

	{ "telemetry.statsite_address", LATER, "", no_push },
	{ "telemetry.circonus_*", LATER, NULL, no_push },
	{ "telemetry.stackdriver_*", LATER, NULL, no_push },
	{ "telemetry.enable_hostname_label", NONE_OF(BOOL) },
	{ "telemetry.filter_default", NONE_OF(BOOL) },
	{ "telemetry.prefix_filter", NONE },
	{ "telemetry.usage_gauge_period", NONE_OF(DURATION) },
	{ "telemetry.maximum_gauge_cardinality", NONE_OF(NUMBER) },
	{ "telemetry.lease_metrics_epsilon", NONE_OF(DURATION) },
	{ "telemetry.num_lease_metrics_buckets", NONE_OF(NUMBER) },
	{ "telemetry.add_lease_metrics_namespace_labels", NONE_OF(BOOL) },
};

#define FOREIGNERS (sizeof(foreigners) / sizeof(foreigners[0]))

static bool matches(const char *path, const char *block, const char *name);
static bool is_scalar(const struct config_node *node);
static bool is_what_to_do(const struct config_node *node);

const struct config_foreign *
config_foreign_find(const char *block, const char *name)
{
	size_t i;

	for (i = 0; i < FOREIGNERS; i++) {
		if (matches(foreigners[i].path, block, name))
			return &foreigners[i];
	}
	return NULL;
}

bool
config_foreign_type_fits(const struct config_foreign *foreign,
    const struct config_node *node, const char **expected_out)
{
	span_ms duration;
	int64_t number;
	bool truth;

	switch (foreign->type) {
	case CONFIG_FOREIGN_BOOL:
		*expected_out = "true or false";
		return node->kind == CONFIG_BOOL || (is_scalar(node) &&
		    parse_bool_loose(span_of(node->text), &truth) == LH_OK);
	case CONFIG_FOREIGN_NUMBER:
		*expected_out = "a whole number";
		return config_node_integer(node, &number);
	case CONFIG_FOREIGN_DURATION:
		*expected_out = "a duration";
		return node->kind == CONFIG_NUMBER || (is_scalar(node) &&
		    parse_duration(span_of(node->text), &duration) == LH_OK);
	case CONFIG_FOREIGN_TEXT:
		*expected_out = "text in double quotes";
		return is_scalar(node);
	case CONFIG_FOREIGN_INCONSISTENT:
		*expected_out = "\"fail\", \"retry\" or \"forward\"";
		return is_scalar(node) && is_what_to_do(node);
	case CONFIG_FOREIGN_ANY:
		break;
	}
	return true;
}

bool
config_foreign_is_harmless(const struct config_foreign *foreign,
    const struct config_node *node)
{
	span_ms theirs, told;

	if (foreign->harmless == NULL)
		return false;
	if (node->text == NULL)		/* null and [] ask for nothing */
		return node->kind != CONFIG_OBJECT && node->first == NULL;
	if (strcmp(foreign->harmless, node->text) == 0)
		return true;
	return parse_duration(span_of(foreign->harmless), &theirs) == LH_OK &&
	    parse_duration(span_of(node->text), &told) == LH_OK &&
	    theirs == told;
}

static bool
matches(const char *path, const char *block, const char *name)
{
	size_t len = strlen(block);
	size_t word;

	if (len > 0) {
		if (strncmp(path, block, len) != 0 || path[len] != '.')
			return false;
		path += len + 1;
	}
	word = strlen(path);
	if (path[word - 1] == '*')
		return strncasecmp(path, name, word - 1) == 0;
	return strcasecmp(path, name) == 0;
}

static bool
is_scalar(const struct config_node *node)
{
	return node->kind == CONFIG_TEXT || node->kind == CONFIG_NUMBER;
}

/* When an answer is older than the caller has seen already. */
static bool
is_what_to_do(const struct config_node *node)
{
	return node->text[0] == '\0' || strcmp(node->text, "fail") == 0 ||
	    strcmp(node->text, "retry") == 0 ||
	    strcmp(node->text, "forward") == 0;
}
