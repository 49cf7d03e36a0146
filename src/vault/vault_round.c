/*
 * vault_round - what follows a try that failed: another server at once, a wait,
 * or the end.
 *
 * Another server is asked at once when this one cannot have done what was
 * asked: it was not reached, is sealed, or not the one to ask. When it may have
 * done it (a broken connection) only what may be done twice moves on. One that
 * asks for patience (Retry-After) speaks for all of them.
 *
 * A try is judged when its head comes and again if its body breaks; only the
 * last judgement is counted, by vault_round_advance().
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "vault_client_parts.h"

#include "base/digest.h"
#include "base/moment.h"

static bool has_good_ones_left(const struct vault_call *call);
static enum vault_next judge(struct vault_call *call, bool elsewhere,
    span_ms told);
static bool plan_wait(struct vault_call *call, span_ms told);
static span_ms told_wait(const struct vault_call *call,
    const struct http_head *head);
static bool is_retried_status(enum vault_retry retry, unsigned status);
static bool is_retried_error(enum vault_retry retry, enum lh_err err);
static bool is_refused_there(const struct vault_call *call,
    unsigned status);
static bool is_undone_there(const struct vault_call *call, enum lh_err err);

enum vault_next
vault_round_after_head(struct vault_call *call, const struct http_head *head)
{
	bool is_refused = is_refused_there(call, head->status);
	struct vault_round *round = &call->round;
	span_ms told;

	round->is_repeatable = is_retried_status(call->retry, head->status);
	round->next = VAULT_NEXT_END;
	if (!is_refused && !round->is_repeatable)
		return VAULT_NEXT_END;
	told = told_wait(call, head);
	round->is_spent = head->status != 429 && told < 0;
	return judge(call, is_refused && told < 0, told);
}

enum vault_next
vault_round_after_error(struct vault_call *call, enum lh_err err)
{
	bool is_undone = is_undone_there(call, err);
	struct vault_round *round = &call->round;

	round->is_spent = true;
	round->is_repeatable = is_retried_error(call->retry, err);
	round->next = VAULT_NEXT_END;
	if (!is_undone && !round->is_repeatable)
		return VAULT_NEXT_END;
	return judge(call, is_undone, -1);
}

void
vault_round_advance(struct vault_call *call)
{
	struct vault_round *round = &call->round;

	if (round->is_spent)
		round->tried |= vault_upstream_bit(call->upstream);
	if (round->next == VAULT_NEXT_MOVE) {
		round->may_repeat |= round->is_repeatable;
		metrics_add(call->client->env.metrics,
		    METRIC_UPSTREAM_FAILOVERS, 1);
		return;
	}
	if (!has_good_ones_left(call))
		round->tried = 0;
	round->may_repeat = false;
	round->waits++;
}

static bool
has_good_ones_left(const struct vault_call *call)
{
	unsigned tried = call->round.tried;

	return tried != vault_client_all_bits(call->client) &&
	    vault_upstream_is_usable(
	    vault_client_choose(call->client, tried)->seen.role);
}

/* elsewhere: another server may be asked at once; told: wait that long, -1 as
 * we like. */
static enum vault_next
judge(struct vault_call *call, bool elsewhere, span_ms told)
{
	struct vault_round *round = &call->round;
	unsigned tried = round->tried | vault_upstream_bit(call->upstream);

	round->wait = 0;
	if (elsewhere && tried != vault_client_all_bits(call->client))
		round->next = VAULT_NEXT_MOVE;
	else if ((round->is_repeatable || round->may_repeat) &&
	    plan_wait(call, told))
		round->next = VAULT_NEXT_WAIT;
	else
		round->next = VAULT_NEXT_END;
	return round->next;
}

static bool
plan_wait(struct vault_call *call, span_ms told)
{
	const struct vault_client_options *options = &call->client->options;
	struct vault_round *round = &call->round;

	if (round->waits >= options->max_retries)
		return false;
	if (told >= 0 && call->max_retry_after > 0 &&
	    told > call->max_retry_after)
		return false;
	round->wait = told >= 0 ? told : (span_ms)((round->waits + 1) *
	    (1.0 + random_unit() / 2) * (double)options->retry_wait);
	return loop_mono(call->client->env.loop) + round->wait < call->ends;
}

/* -1: the server did not say. */
static span_ms
told_wait(const struct vault_call *call, const struct http_head *head)
{
	struct span value = http_fields_value(head->fields,
	    SPAN_LITERAL("Retry-After"));
	span_ms told;

	if (head->status != 429 && head->status != 503)
		return -1;
	if (value.ptr == NULL || moment_of_retry_after(value,
	    loop_wall(call->client->env.loop), &told) != LH_OK)
		return -1;
	return told;
}

static bool
is_retried_status(enum vault_retry retry, unsigned status)
{
	if (retry == VAULT_RETRY_NEVER)
		return false;
	if (status == 412 || status == 429 || status == 503)
		return true;
	return retry == VAULT_RETRY_SAFE && status >= 500 && status < 600 &&
	    status != 501;
}

static bool
is_retried_error(enum vault_retry retry, enum lh_err err)
{
	if (retry == VAULT_RETRY_NEVER)
		return false;
	if (err == LH_ERR_UNREACHABLE)
		return true;
	return retry == VAULT_RETRY_SAFE &&
	    (err == LH_ERR_UPSTREAM || err == LH_ERR_TIMEOUT);
}

/* Sealed, uninitialised, or a secondary for disasters. */
static bool
is_refused_there(const struct vault_call *call, unsigned status)
{
	return !call->is_health &&
	    (status == 503 || status == 501 || status == 472);
}

static bool
is_undone_there(const struct vault_call *call, enum lh_err err)
{
	if (err == LH_ERR_UNREACHABLE || err == LH_ERR_TLS)
		return true;
	return call->is_safe &&
	    (err == LH_ERR_UPSTREAM || err == LH_ERR_TIMEOUT);
}
