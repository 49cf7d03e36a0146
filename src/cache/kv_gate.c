/*
 * kv_gate - is Vault away, and when may somebody look.
 *
 * The next wait is drawn when a probe is taken, not when it fails: so a probe
 * that is never heard of again stops nobody.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "kv_gate.h"

void
kv_gate_init(struct kv_gate *gate)
{
	gate->is_away = false;
	gate->next = 0;
	backoff_init(&gate->backoff, KV_GATE_MIN_MS, KV_GATE_MAX_MS);
}

bool
kv_gate_failed(struct kv_gate *gate, mono_ms now, double unit)
{
	if (gate->is_away)
		return false;
	gate->is_away = true;
	gate->next = now + backoff_next(&gate->backoff, unit);
	return true;
}

bool
kv_gate_answered(struct kv_gate *gate)
{
	bool was_away = gate->is_away;

	gate->is_away = false;
	backoff_reset(&gate->backoff);
	return was_away;
}

bool
kv_gate_take_probe(struct kv_gate *gate, mono_ms now, double unit)
{
	if (!gate->is_away || now < gate->next)
		return false;
	gate->next = now + backoff_next(&gate->backoff, unit);
	return true;
}
