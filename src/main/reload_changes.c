/*
 * reload_changes - see reload_changes.h.
 *
 * The prints of both configurations are compared line by line, but for the
 * lines that a reload obeys. What they do not show is compared by itself:
 * passwords in addresses are masked in them, and the namespace of vault, which
 * is that of the login, may be put before the callers' as well. What is told is
 * the key, never the value.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "reload_changes.h"

#include <stdio.h>

#define PRINT_MAX_BYTES (1024 * 1024)

struct print {
	struct bytes text;
	struct span rest;
	struct span block;		/* that the line stands in, or empty */
};

static bool open_print(struct print *print, const struct config *config);
static bool next_line(struct print *print, struct span *line_out);
static bool is_obeyed(struct print *print, struct span line);
static void describe(const struct print *print, struct span line,
    char out[RELOAD_CHANGE_MAX]);
static const char *find_hidden(const struct config *started,
    const struct config *told);
static bool is_same(const char *a, const char *b);

bool
reload_changes_find(const struct config *started, const struct config *told,
    char out[RELOAD_CHANGE_MAX])
{
	struct print before, after;
	struct span old = SPAN_NONE, new = SPAN_NONE;
	bool both = open_print(&before, started);
	bool differs = false;
	const char *hidden;

	both = open_print(&after, told) && both;
	while (both && !differs) {
		bool is_more = next_line(&before, &old);

		both = next_line(&after, &new) && is_more;
		differs = both ? !span_equal(old, new) :
		    is_more || new.len > 0;
	}
	if (differs && new.len > 0 &&
	    !span_equal(span_trim(new), SPAN_LITERAL("}")))
		describe(&after, new, out);
	else if (differs)
		describe(&before, old, out);
	bytes_release(&before.text);
	bytes_release(&after.text);
	if (differs)
		return true;
	hidden = find_hidden(started, told);
	if (hidden != NULL)
		snprintf(out, RELOAD_CHANGE_MAX, "%s", hidden);
	return hidden != NULL;
}

static bool
open_print(struct print *print, const struct config *config)
{
	enum lh_err err;

	bytes_init(&print->text, PRINT_MAX_BYTES);
	err = config_dump(config, &print->text);
	print->rest = bytes_span(&print->text);
	print->block = SPAN_NONE;
	return err == LH_OK;
}

/* The next that a reload does not obey. At the end the line is empty. */
static bool
next_line(struct print *print, struct span *line_out)
{
	while (print->rest.len > 0) {
		struct span line = span_cut(&print->rest, '\n');

		if (line.len == 0)
			continue;
		if (line.ptr[0] != ' ')
			print->block = line.ptr[line.len - 1] == '{' ? line :
			    SPAN_NONE;
		if (is_obeyed(print, line))
			continue;
		*line_out = line;
		return true;
	}
	*line_out = SPAN_NONE;
	return false;
}

/* The namespace of vault is printed as that of the login where it has none.
 * A method's block goes with the line that opens it. */
static bool
is_obeyed(struct print *print, struct span line)
{
	if (span_equal(print->block, SPAN_LITERAL("vault {")))
		return span_starts(line, SPAN_LITERAL("  namespace = "));
	if (!span_equal(print->block, SPAN_LITERAL("auto_auth {")))
		return span_starts(line, SPAN_LITERAL("log_level = "));
	if (!span_starts(line, SPAN_LITERAL("  method ")))
		return span_starts(line,
		    SPAN_LITERAL("  enable_reauth_on_new_credentials = "));
	while (print->rest.len > 0 && !span_equal(
	    span_cut(&print->rest, '\n'), SPAN_LITERAL("  }")))
		continue;
	return true;
}

static void
describe(const struct print *print, struct span line,
    char out[RELOAD_CHANGE_MAX])
{
	bool is_top = line.len > 0 && line.ptr[0] != ' ';
	struct span rest = is_top ? SPAN_NONE : print->block;
	struct span block = span_cut(&rest, ' ');
	struct span key;

	rest = span_trim(line);
	key = span_cut(&rest, ' ');
	snprintf(out, RELOAD_CHANGE_MAX, "%.*s%s%.*s", (int)block.len,
	    block.len > 0 ? block.ptr : "", block.len > 0 ? " " : "",
	    (int)key.len, key.ptr);
}

/* NULL: nothing. */
static const char *
find_hidden(const struct config *started, const struct config *told)
{
	for (size_t i = 0; i < VAULT_CLIENT_MAX_UPSTREAMS; i++)
		if (!is_same(started->vault.addresses[i],
		    told->vault.addresses[i]))
			return "vault address";
	if (!is_same(started->vault.http.proxy, told->vault.http.proxy))
		return "vault proxy_address";
	if (!is_same(started->proxy.namespace, told->proxy.namespace))
		return "vault namespace";
	return NULL;
}

static bool
is_same(const char *a, const char *b)
{
	return span_equal(span_of(a), span_of(b));
}
