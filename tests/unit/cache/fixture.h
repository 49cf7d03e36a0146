/*
 * fixture - what tests of the cache stand on: a clock moved by hand, a real
 * loop and scheduler, and a Vault in their place that answers as told.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_TESTS_CACHE_FIXTURE_H
#define LH_TESTS_CACHE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/timesource.h"
#include "cache/cache.h"
#include "vault/vault_api.h"

#define FIXTURE_SECOND 1000
#define FIXTURE_MINUTE 60000

enum fixture_call { FIXTURE_RENEW_LEASE, FIXTURE_RENEW_SELF, FIXTURE_REVOKE, FIXTURE_ASK };

/* Stands for the vault layer; see the definitions in fixture.c. */
struct vault_api {
	struct vault_op *open;		/* the oldest first */
	size_t started;
	size_t cancelled;
	bool is_refusing;		/* calls cannot be started */
	/* Of the last call: */
	enum fixture_call call;
	char lease_id[128];
	char token[128];
	char namespace[64];
	char body[512];			/* FIXTURE_ASK */
};

struct fixture {
	struct timesource *clock;
	struct loop *loop;
	struct scheduler *scheduler;
	struct vault_api api;
	struct cache_env env;
	struct secret *token;		/* ours, of generation 1 */
	struct secret *other;		/* a caller's */
};

void fixture_init(struct fixture *fixture);
void fixture_release(struct fixture *fixture);

mono_ms fixture_now(const struct fixture *fixture);
/* Moves the clock and starts what is due. */
void fixture_advance(struct fixture *fixture, span_ms by);
/* Runs what was put off for later. */
void fixture_turn(struct fixture *fixture);

/* Answers the oldest call under way. */
void fixture_answer(struct fixture *fixture, enum vault_verdict verdict,
    const char *body);
/* No answer comes to the oldest. */
void fixture_stay_silent(struct fixture *fixture);
void fixture_answer_later(struct fixture *fixture,
    enum vault_verdict verdict, span_ms retry_after);

/* A read under our token. The text outlives the ask. */
struct cache_ask fixture_read(const struct fixture *fixture,
    const char *path);
struct cache_ask fixture_write(const struct fixture *fixture,
    const char *path, const char *body);

/* Bodies; static text is filled in. */
#define FIXTURE_LEASE(id, seconds)					\
	"{\"request_id\":\"r\",\"lease_id\":\"" id "\","		\
	"\"renewable\":true,\"lease_duration\":" #seconds ","		\
	"\"data\":{\"password\":\"p\"},\"wrap_info\":null,\"auth\":null}"
#define FIXTURE_LAST_LEASE(id, seconds)					\
	"{\"request_id\":\"r\",\"lease_id\":\"" id "\","		\
	"\"renewable\":false,\"lease_duration\":" #seconds ","		\
	"\"data\":null,\"wrap_info\":null,\"auth\":null}"
#define FIXTURE_AUTH(token, accessor, seconds, orphan)			\
	"{\"request_id\":\"r\",\"lease_id\":\"\",\"renewable\":false,"	\
	"\"lease_duration\":0,\"data\":null,\"wrap_info\":null,"	\
	"\"auth\":{\"client_token\":\"" token "\",\"accessor\":\""	\
	accessor "\",\"lease_duration\":" #seconds ",\"renewable\":true,"\
	"\"token_type\":\"service\",\"orphan\":" #orphan "}}"

/* A look-up that must lead, and its answer. Was it stored? */
bool fixture_fetch(struct cache *cache, const struct cache_ask *ask,
    const char *body);
/* Would the ask be answered from the cache? */
bool fixture_hits(struct cache *cache, const struct cache_ask *ask);

/* The head of an answer of Vault. */
struct http_head fixture_head(void);

#endif
