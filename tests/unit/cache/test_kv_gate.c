/*
 * test_kv_gate - one look at a time while Vault is away.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "fixture.h"

#include "../../../src/cache/kv_gate.h"

#define TEN_MINUTES 600000
#define ATTEMPTS_MAX 40

static void
while_it_is_well_nobody_probes(void **state)
{
	struct kv_gate gate;

	kv_gate_init(&gate);
	assert_false(gate.is_away);
	assert_false(kv_gate_take_probe(&gate, 1000000, 0.5));
	assert_false(kv_gate_answered(&gate));
}

static void
those_that_fail_together_count_once(void **state)
{
	struct kv_gate gate;

	kv_gate_init(&gate);
	assert_true(kv_gate_failed(&gate, 0, 0));
	assert_false(kv_gate_failed(&gate, 0, 0));
	assert_int_equal(gate.next, KV_GATE_MIN_MS);
}

static void
one_probe_is_let_through_after_each_wait(void **state)
{
	struct kv_gate gate;

	kv_gate_init(&gate);
	kv_gate_failed(&gate, 0, 0);
	assert_false(kv_gate_take_probe(&gate, KV_GATE_MIN_MS - 1, 0));
	assert_true(kv_gate_take_probe(&gate, KV_GATE_MIN_MS, 0));
	assert_false(kv_gate_take_probe(&gate, KV_GATE_MIN_MS, 0));
	assert_true(kv_gate_answered(&gate));
	assert_false(gate.is_away);
}

static void
ten_minutes_take_few_probes_and_no_wait_is_long(void **state)
{
	struct kv_gate gate;
	unsigned probes = 0;
	mono_ms now, last = 0;

	kv_gate_init(&gate);
	kv_gate_failed(&gate, 0, random_unit());
	for (now = 0; now < TEN_MINUTES; now += 100) {
		if (!kv_gate_take_probe(&gate, now, random_unit()))
			continue;
		probes++;
		assert_true(now - last <= KV_GATE_MAX_MS + 100);
		last = now;
	}
	assert_true(probes > 5 && probes <= ATTEMPTS_MAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(while_it_is_well_nobody_probes),
		cmocka_unit_test(those_that_fail_together_count_once),
		cmocka_unit_test(one_probe_is_let_through_after_each_wait),
		cmocka_unit_test(
		    ten_minutes_take_few_probes_and_no_wait_is_long)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
