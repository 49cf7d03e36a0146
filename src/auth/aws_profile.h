/*
 * aws_profile - one profile of the shared file of AWS credentials; pure.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_AUTH_AWS_PROFILE_H
#define LH_AUTH_AWS_PROFILE_H

#include <stdbool.h>

#include "base/span.h"

struct aws_profile {		/* ptr NULL: not there */
	struct span access_key;
	struct span secret_key;
	struct span session_token;
};

/* Lent from text. False: the profile is not there, or lacks a key. */
bool aws_profile_find(struct span text, struct span name,
    struct aws_profile *out);

#endif
