/*
 * options - the command line, in the style of the incumbents: -config=FILE,
 * -config FILE, --config ...
 *
 * Called as vault or bao, by a link, it forgives unknown keys as they do.
 *
 * Owns:       nothing: texts are lent from argv.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_SRC_MAIN_OPTIONS_H
#define LH_SRC_MAIN_OPTIONS_H

#include "base/lh_err.h"
#include "config/config.h"

enum options_command {
	OPTIONS_RUN,
	OPTIONS_CHECK,		/* read the configuration, say what is wrong */
	OPTIONS_DUMP,		/* print what is in force */
	OPTIONS_KUBERNETES_LOGIN,	/* one login, its token into a file */
	OPTIONS_STATUS,		/* ask one that runs how it is */
	OPTIONS_TOKEN_REVOKE,	/* the token in hand, at the server */
	OPTIONS_VERSION,
	OPTIONS_HELP
};

struct options {
	enum options_command command;
	enum options_command topic;	/* the command named; HELP: none */
	struct config_flags flags;
	bool json, watch;		/* of a status */
	bool self;			/* of a token revoke */
	span_ms retry_for;		/* of a kubernetes-login; 0: one try */
};

/* LH_ERR_CONFIG: cause names the argument. */
enum lh_err options_parse(int argc, char **argv, struct options *options,
    struct lh_cause *cause) LH_MUSTCHECK;

/* What there is to say about a command, or about all, and the command line
 * that prints it. Static. */
const char *options_help(enum options_command topic);
const char *options_hint(enum options_command topic);

#endif
