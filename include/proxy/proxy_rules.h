/*
 * proxy_rules - what may be asked at a listener: rules on method and path.
 *
 * The first rule that fits decides. When none does, a listener with an allow
 * rule refuses, one without allows.
 *
 * A path is compared as the server will read it: escapes decoded, the
 * namespace of the header in front, a slash at the end. What could be read in
 * two ways fits no rule and is AMBIGUOUS.
 *
 * Never:      allocates without bound, logs, looks at a clock.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_PROXY_PROXY_RULES_H
#define LH_PROXY_PROXY_RULES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text_list.h"
#include "http/http_message.h"

#define PROXY_RULES_MAX 64		/* of a listener */
#define PROXY_RULES_MAX_TEXTS 64	/* methods, or paths, of a rule */
#define PROXY_RULES_MAX_PATH 512	/* bytes of a pattern */

struct proxy_rule {
	bool allows;
	struct text_list methods;	/* "GET", "LIST"; none: all */
	struct text_list paths;	/* "secret/data/app/+"; none: all */
};

struct proxy_rules {			/* lent; in order */
	const struct proxy_rule *list;
	size_t count;
};

/* What is wrong with the text, to follow "must ..."; NULL: nothing. */
const char *proxy_rules_method_fault(struct span method);
const char *proxy_rules_path_fault(struct span path);

enum proxy_verdict {
	PROXY_VERDICT_ALLOW,
	PROXY_VERDICT_DENY,
	PROXY_VERDICT_AMBIGUOUS
};

enum proxy_verdict proxy_rules_judge(const struct proxy_rules *rules,
    const struct http_request *request);

#endif
