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

bool
admin_is_ready(const struct admin *admin, json_t **why_not_out)
{
	bool ready = admin_has_token(admin) || has_passed_on(admin);

	*why_not_out = json_array();
	if (!ready)
		json_array_append_new(*why_not_out,
		    json_string("there is no valid auto-auth token"));
	return ready;
}

void
admin_ready(void *arg, struct http_exchange *exchange)
{
	const struct admin *admin = arg;
	json_t *why;
	bool ready;

	if (!admin_is_read(exchange))
		return;
	ready = admin_is_ready(admin, &why);
	admin_reply_json(exchange, ready ? 200 : 503,
	    json_pack("{s:b, s:o}", "ready", ready, "why_not", why));
}
