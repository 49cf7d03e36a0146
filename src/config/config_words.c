/*
 * config_words - the words that some keys take, and what each stands for.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config_words.h"

const struct config_choice config_words_log_levels[] = {
	{ "error", LOG_LEVEL_ERROR }, { "err", LOG_LEVEL_ERROR },
	{ "warn", LOG_LEVEL_WARN }, { "warning", LOG_LEVEL_WARN },
	{ "info", LOG_LEVEL_INFO }, { "notice", LOG_LEVEL_INFO },
	{ "", LOG_LEVEL_INFO }, { "debug", LOG_LEVEL_DEBUG },
	{ "trace", LOG_LEVEL_TRACE }, { NULL, 0 }
};

const struct config_choice config_words_log_formats[] = {
	{ "standard", LOG_FORMAT_STANDARD }, { "", LOG_FORMAT_STANDARD },
	{ "json", LOG_FORMAT_JSON }, { NULL, 0 }
};

const struct config_choice config_words_log_targets[] = {
	{ "stderr", LOG_TARGET_STDERR }, { "", LOG_TARGET_STDERR },
	{ "syslog", LOG_TARGET_SYSLOG }, { NULL, 0 }
};

/* The numbers of RFC 5424. */
const struct config_choice config_words_log_facilities[] = {
	{ "user", 1 }, { "daemon", 3 }, { "auth", 4 }, { "authpriv", 10 },
	{ "local0", 16 }, { "local1", 17 }, { "local2", 18 },
	{ "local3", 19 }, { "local4", 20 }, { "local5", 21 },
	{ "local6", 22 }, { "local7", 23 }, { NULL, 0 }
};

const struct config_choice config_words_roles[] = {
	{ "default", CONFIG_ROLE_DEFAULT }, { "", CONFIG_ROLE_DEFAULT },
	{ "metrics_only", CONFIG_ROLE_METRICS_ONLY }, { NULL, 0 }
};

const struct config_choice config_words_behaviors[] = {
	{ "optimistic", CACHE_STATIC_OPTIMISTIC },
	{ "", CACHE_STATIC_OPTIMISTIC },
	{ "pessimistic", CACHE_STATIC_PESSIMISTIC }, { NULL, 0 }
};

const struct config_choice config_words_lifetime_kinds[] = {
	{ "certificate", CACHE_LIFETIME_CERTIFICATE },
	{ "ttl", CACHE_LIFETIME_TTL },
	{ "static-role", CACHE_LIFETIME_STATIC_ROLE },
	{ "security-token", CACHE_LIFETIME_SECURITY_TOKEN }, { NULL, 0 }
};

const struct config_choice config_words_lifetime_units[] = {
	{ "seconds", CACHE_LIFETIME_SECONDS },
	{ "unix", CACHE_LIFETIME_UNIX }, { "time", CACHE_LIFETIME_TIME },
	{ NULL, 0 }
};

/* The version numbers of the protocol itself. */
const struct config_choice config_words_tls_versions[] = {
	{ "tls10", 0x0301 }, { "tls11", 0x0302 }, { "tls12", 0x0303 },
	{ "tls13", 0x0304 }, { NULL, 0 }
};

const struct config_choice config_words_dh_types[] = {
	{ "", CONFIG_DH_NONE }, { "curve25519", CONFIG_DH_CURVE25519 },
	{ NULL, 0 }
};
