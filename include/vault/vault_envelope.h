/*
 * vault_envelope - the JSON of an answer as facts: lease, auth, wrapping,
 * errors.
 *
 * Owns:       copies of what it found; the token in it is a struct secret.
 * Source: behaviour section 11 (answer shape).
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_VAULT_VAULT_ENVELOPE_H
#define LH_VAULT_VAULT_ENVELOPE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/lh_err.h"
#include "base/secret.h"
#include "base/span.h"

/* Once, before any other use of jansson: its memory is wiped when freed. */
void vault_envelope_start_library(void);

#define VAULT_DURATION_MAX_S (100LL * 365 * 86400)	/* more is cut */
#define VAULT_ERRORS_MAX 512				/* bytes of text */

/* auth of an answer, or data of a token look-up: the life of a token. */
struct vault_token_facts {
	struct secret *token;		/* client_token, or data.id; may be NULL */
	char *accessor;			/* NULL when absent */
	int64_t ttl_s;			/* lease_duration, or data.ttl */
	int64_t explicit_max_ttl_s;	/* look-ups; 0 none */
	int64_t period_s;		/* look-ups; 0 none */
	int64_t num_uses;		/* 0 unlimited */
	bool renewable;
	bool orphan;
	bool is_batch;
	bool is_root;			/* look-ups: ttl 0 and policy root */
};

struct vault_wrap_facts {
	struct secret *token;
	char *accessor;
	char *creation_path;
	char *creation_time;
	char *wrapped_accessor;		/* of a wrapped login */
	int64_t ttl_s;
};

struct vault_envelope {
	char *lease_id;			/* NULL when empty or absent */
	int64_t lease_duration_s;
	bool renewable;
	bool data_renewable;		/* data.renewable of token look-ups */
	bool has_data;			/* data is an object */
	bool has_auth;
	struct vault_token_facts auth;	/* when has_auth */
	bool has_wrap;
	struct vault_wrap_facts wrap;	/* when has_wrap */
	char mount_type[32];		/* "" when absent */
};

/* A reply to our own calls may also want data as facts: */
enum lh_err vault_envelope_token_data(struct span body,
    struct vault_token_facts *out) LH_MUSTCHECK;
void vault_token_facts_release(struct vault_token_facts *facts);
/* A text member of data (secret_id of an unwrapped answer). NULL: absent. */
struct secret *vault_envelope_data_secret(struct span body, const char *key);

/* LH_ERR_FORMAT: not a JSON object of that shape; LH_ERR_LIMIT: deeper than
 * 64 levels. Wrong types of single members count as absent. */
enum lh_err vault_envelope_parse(struct span body,
    struct vault_envelope *out) LH_MUSTCHECK;
void vault_envelope_release(struct vault_envelope *envelope);

/* The texts of "errors" joined by "; " (control bytes dropped), "" when there
 * are none. */
void vault_errors_text(struct span body, char out[VAULT_ERRORS_MAX]);

/* What answers know one token by; lent. */
struct vault_token_names {
	const struct secret *token;
	const char *accessor;		/* or NULL */
};

/* Takes id and accessor out of an answer about a token so that a caller does
 * not learn ours (2.10): data.id, data.accessor removed, auth.client_token and
 * auth.accessor emptied, and id and accessor at the top, where the help of
 * these paths has them; everything else stays byte for byte. *changed_out
 * tells whether; when false, into got nothing. LH_ERR_FORMAT too when the token
 * stands in yet another place.
 * ours: only an answer that names it is changed. By its accessor too: the id in
 * an answer may be another spelling of the token, which works as well. */
enum lh_err vault_envelope_strip(struct span body,
    const struct vault_token_names *ours, struct bytes *into,
    bool *changed_out) LH_MUSTCHECK;

#endif
