/*
 * vault_reply - a failed answer in words.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "vault/vault_api.h"

void
vault_reply_text(const struct vault_reply *reply, struct lh_cause *out)
{
	const char *text = reply->error[0] == '\0' ? "no reason was given" :
	    reply->error;

	if (reply->status == 0)
		lh_cause_set(out, "%s", text);
	else
		lh_cause_set(out, "status %u: %s", reply->status, text);
}
