/*
 * admin_health - alive, and ready.
 *
 * Health is an answer at all: whoever reads it knows that the loop turns.
 * Ready means that a request would go out with what it needs.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "admin_priv.h"

void
admin_health(void *arg, struct http_exchange *exchange)
{
	(void)arg;
	if (admin_is_read(exchange))
		admin_reply_json(exchange, 200, json_pack("{s:b}", "healthy",
		    1));
}

/* A wrapped login leaves no token here: its reader has it. */
static bool
has_passed_on(const struct admin *admin)
{
	return auth_keeper_state(admin->env.keeper) == AUTH_PASSED_ON;
}

void
admin_ready(void *arg, struct http_exchange *exchange)
{
	const struct admin *admin = arg;
	bool ready = admin_has_token(admin) || has_passed_on(admin);
	json_t *why = json_array();

	if (!admin_is_read(exchange)) {
		json_decref(why);
		return;
	}
	if (!ready)
		json_array_append_new(why,
		    json_string("there is no valid auto-auth token"));
	admin_reply_json(exchange, ready ? 200 : 503,
	    json_pack("{s:b, s:o}", "ready", ready, "why_not", why));
}
