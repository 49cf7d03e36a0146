/*
 * auth_method - the ways to get a token, as a table of types.
 *
 * A method reads credentials and writes requests, nothing else: the keeper
 * sends them, to Vault or to whoever else gives credentials. So a method needs
 * neither network nor clock to be tested, and a new one is a file and a row in
 * the table of auth_method.c.
 *
 * Owns:       the method's state: file names, the last good credentials.
 * Never:      speaks to anybody; logs; waits; asks for the time.
 * Source: behaviour sections 6.5 and 6.6.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_AUTH_AUTH_METHOD_H
#define LH_AUTH_AUTH_METHOD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/lh_err.h"
#include "base/secret.h"
#include "base/span.h"
#include "base/timesource.h"
#include "http/http_header.h"

/* A key of the method's config { } block. PATH: of a file, which is read and
 * perhaps removed. SECRET: text that is not shown. */
enum auth_key_kind {
	AUTH_KEY_TEXT,
	AUTH_KEY_PATH,
	AUTH_KEY_SECRET,
	AUTH_KEY_BOOL,
	AUTH_KEY_DURATION
};

struct auth_key {
	const char *name;		/* NULL ends a list */
	enum auth_key_kind kind;
	bool required;
	const char *preset;		/* default as text; NULL: absent */
	const char *help;		/* one sentence, for the manual */
};

/* A value as configured; checked against the keys by the configuration. */
struct auth_setting {
	const char *name;
	const char *text;		/* bools are "true" or "false" */
};

struct auth_method_options {
	const char *type;		/* "approle" ... */
	const char *mount_path;		/* "auth/approle"; never NULL */
	const struct auth_setting *settings;
	size_t setting_count;
};

enum auth_step {
	AUTH_STEP_ASK,		/* send this first, give back the answer */
	AUTH_STEP_ASK_ELSEWHERE, /* the same, but not to Vault: to url */
	AUTH_STEP_LOGIN,	/* the answer holds auth */
	AUTH_STEP_ADOPT		/* token is the token: look it up */
};

/* What the keeper shall send next. All but now and path are lent from the
 * method until the next call of it. */
struct auth_request {
	wall_ms now;			/* told by the keeper before each call */
	char path[512];			/* "/v1/auth/approle/login" */
	const char *url;		/* elsewhere, instead of path: whole */
	const char *what;		/* elsewhere: is asked for, for a log */
	struct http_fields fields;	/* elsewhere: all that is sent */
	struct span verb;		/* "PUT", "GET" */
	struct secret *token;		/* X-Vault-Token, or the one to adopt */
	struct secret *body;		/* JSON to Vault; or NULL */
	/* What a refusal is about: while it is the same, the log is told once.
	 * NULL: the words of the refusal alone decide. */
	struct secret *credential;
	const char *warning;		/* for the log: went on, but; or NULL */
};

struct auth_method;

/* What every method's file exports: one const row. new: settings are complete
 * (required keys there, presets filled in). */
struct auth_method_type {
	const char *name;
	const struct auth_key *keys;
	enum lh_err (*new)(const struct auth_method_options *options,
	    void **state_out, struct lh_cause *cause);
	void (*free)(void *state);
	/* Begins anew: reads the credentials again. */
	enum lh_err (*begin)(void *state, struct auth_request *request,
	    enum auth_step *step_out, struct lh_cause *cause);
	/* The answer (2xx) to what was asked; NULL when it never asks. */
	enum lh_err (*answer)(void *state, struct span body,
	    struct auth_request *request, enum auth_step *step_out,
	    struct lh_cause *cause);
	/* Have the credentials changed since begin()? NULL: cannot tell. */
	bool (*changed)(void *state);
};

/* NULL: no such method. */
const struct auth_method_type *auth_method_type(const char *name);
/* For the manual and error texts: ended by NULL. */
const struct auth_method_type *const *auth_method_types(void);

/* LH_ERR_CONFIG: unknown type, unknown key, missing key; cause names it. */
enum lh_err auth_method_new(const struct auth_method_options *options,
    struct auth_method **method_out, struct lh_cause *cause) LH_MUSTCHECK;
void auth_method_free(struct auth_method *method);

const char *auth_method_name(const struct auth_method *method);

/* As in the row; of request, now alone is read. A failure leaves the method
 * ready for another begin. */
enum lh_err auth_method_begin(struct auth_method *method,
    struct auth_request *request, enum auth_step *step_out,
    struct lh_cause *cause) LH_MUSTCHECK;
enum lh_err auth_method_answer(struct auth_method *method, struct span body,
    struct auth_request *request, enum auth_step *step_out,
    struct lh_cause *cause) LH_MUSTCHECK;
bool auth_method_changed(struct auth_method *method);

/* Value of a setting, or NULL: for the method files. */
const char *auth_setting(const struct auth_method_options *options,
    const char *name);

#endif
