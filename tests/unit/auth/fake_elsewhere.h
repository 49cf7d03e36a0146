/*
 * fake_elsewhere - src/auth/auth_elsewhere.h without a network: it keeps what
 * it was asked until the test answers.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_TESTS_FAKE_ELSEWHERE_H
#define LH_TESTS_FAKE_ELSEWHERE_H

#include <stdbool.h>

#include "../../../src/auth/auth_elsewhere.h"

/* The keeper makes one only. */
struct auth_elsewhere {
	vault_reply_fn *fn;		/* NULL: nothing was asked */
	void *arg;
	char *url;
	unsigned asked;
};

void fake_elsewhere_answer(struct auth_elsewhere *elsewhere,
    enum vault_verdict verdict, const char *text);

#endif
