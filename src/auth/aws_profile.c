/*
 * aws_profile - one profile of the shared file of AWS credentials.
 *
 *	[name]
 *	aws_access_key_id = ...
 *
 * Lines that begin with # or ; are remarks. A section may be called "profile
 * name" as in the other file of AWS. What is given twice counts the last time.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "aws_profile.h"

static bool is_section(struct span line, struct span name);
static void take_setting(struct span line, struct aws_profile *out);

bool
aws_profile_find(struct span text, struct span name, struct aws_profile *out)
{
	bool inside = false;

	*out = (struct aws_profile){ .access_key = SPAN_NONE };
	while (text.ptr != NULL) {
		struct span line = span_trim(span_cut(&text, '\n'));

		if (line.len == 0 || line.ptr[0] == '#' || line.ptr[0] == ';')
			continue;
		if (line.ptr[0] == '[')
			inside = is_section(line, name);
		else if (inside)
			take_setting(line, out);
	}
	return out->access_key.len > 0 && out->secret_key.len > 0;
}

static bool
is_section(struct span line, struct span name)
{
	const struct span prefix = SPAN_LITERAL("profile ");
	struct span title = span_skip(line, 1);

	title = span_trim(span_cut(&title, ']'));
	if (span_starts(title, prefix))
		title = span_trim(span_skip(title, prefix.len));
	return span_equal(title, name);
}

static void
take_setting(struct span line, struct aws_profile *out)
{
	struct span value = line;
	struct span name = span_trim(span_cut(&value, '='));

	value = span_trim(value);
	if (span_equal_nocase(name, SPAN_LITERAL("aws_access_key_id")))
		out->access_key = value;
	else if (span_equal_nocase(name,
	    SPAN_LITERAL("aws_secret_access_key")))
		out->secret_key = value;
	else if (span_equal_nocase(name, SPAN_LITERAL("aws_session_token")))
		out->session_token = value;
}
