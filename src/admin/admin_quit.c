/*
 * admin_quit - asks for a graceful stop (behaviour section 4.2).
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "admin_priv.h"

#include "http/http_error.h"

void
admin_quit(void *arg, struct http_exchange *exchange)
{
	const struct admin *admin = arg;
	struct span method = http_exchange_request(exchange)->method;

	if (!span_equal(method, SPAN_LITERAL("POST"))) {
		http_error_reply(exchange, 405, "only POST is served here");
		return;
	}
	log_info(admin->env.log, "quit.asked", log_text("from",
	    http_exchange_request(exchange)->peer->address));
	http_exchange_reply(exchange,
	    &(struct http_reply){ .status = 200 });
	loop_later(admin->env.loop, admin->env.quit, admin->env.quit_arg);
}
