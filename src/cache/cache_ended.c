/*
 * cache_ended - see cache_ended.h.
 *
 * A static role ends by its rotation, and by another date for that. Of a
 * certificate that is revoked the serial number does not tell the answer it
 * came in: all of the engine go.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "cache_ended.h"

static bool is_of_static_role(struct span word);
static bool is_revocation(struct span word);

bool
cache_ended_find(struct span path, struct cache_ended *out)
{
	struct span rest = path, segment;
	bool is_role = false, is_revoked = false;

	while (rest.len > 0 && !is_role && !is_revoked) {
		segment = span_cut(&rest, '/');
		is_role = rest.len > 0 && is_of_static_role(segment);
		is_revoked = rest.len == 0 && is_revocation(segment);
	}
	if (!is_role && !is_revoked)
		return false;
	*out = (struct cache_ended){
		.engine = { path.ptr, (size_t)(segment.ptr - path.ptr) },
		.name = rest,
		.course = is_role ? CACHE_COURSE_IN_TURN :
		    CACHE_COURSE_REPLACED
	};
	return true;
}

/* LDAP has them in the singular. */
static bool
is_of_static_role(struct span word)
{
	return span_equal(word, SPAN_LITERAL("rotate-role")) ||
	    span_equal(word, SPAN_LITERAL("static-roles")) ||
	    span_equal(word, SPAN_LITERAL("static-role"));
}

static bool
is_revocation(struct span word)
{
	return span_equal(word, SPAN_LITERAL("revoke")) ||
	    span_equal(word, SPAN_LITERAL("revoke-with-key"));
}
