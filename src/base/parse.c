/*
 * parse - text to numbers, durations, booleans; pure.
 *
 * No locale and no NUL is needed, hence nothing of strtol(3) or strptime(3):
 * a format is written as one chain of what take.h eats.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "base/parse.h"

#include "take.h"

#define S_PER_DAY 86400
#define NS_PER_MS UINT64_C(1000000)
#define NS_PER_S UINT64_C(1000000000)
#define MAX_NS ((uint64_t)INT64_MAX)	/* Go's longest, 292 years */
#define MAX_MODE 07777
/* Digits of a fraction that can matter; 10^18 fits the types. */
#define MAX_FRACTION_DIGITS 18

struct unit {
	struct span name;
	uint64_t factor;
};

#define WORD(text) { text, sizeof(text) - 1 }

static const struct unit duration_units[] = {
	{ WORD("ns"), 1 },
	{ WORD("us"), 1000 },
	{ WORD("\xc2\xb5s"), 1000 },	/* micro sign */
	{ WORD("\xce\xbcs"), 1000 },	/* Greek mu */
	{ WORD("ms"), NS_PER_MS },
	{ WORD("s"), NS_PER_S },
	{ WORD("m"), 60 * NS_PER_S },
	{ WORD("h"), 3600 * NS_PER_S },
};

static const struct unit size_units[] = {
	{ WORD(""), 1 },
	{ WORD("kib"), UINT64_C(1) << 10 },
	{ WORD("kb"), UINT64_C(1) << 10 },
	{ WORD("mib"), UINT64_C(1) << 20 },
	{ WORD("mb"), UINT64_C(1) << 20 },
	{ WORD("gib"), UINT64_C(1) << 30 },
	{ WORD("gb"), UINT64_C(1) << 30 },
};

static const struct span truths[] = {
	WORD("1"), WORD("t"), WORD("T"), WORD("TRUE"), WORD("true"),
	WORD("True"),
};

static const struct span falsehoods[] = {
	WORD(""), WORD("0"), WORD("f"), WORD("F"), WORD("FALSE"),
	WORD("false"), WORD("False"),
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static enum lh_err read_digits(struct span text, unsigned base, uint64_t max,
    uint64_t *out);
static enum lh_err whole_duration(struct span digits, uint64_t unit_ns,
    span_ms *out);
static enum lh_err take_duration_part(struct span *text, uint64_t *ns_out);
static double take_fraction(struct span *text, size_t *digits_out);
static struct span take_unit_name(struct span *text);
static const struct unit *find_duration_unit(struct span name);
static span_ms ns_to_ms(uint64_t ns);
static bool is_one_of(struct span text, const struct span *words,
    size_t count);
static bool is_letter(char c);
static bool is_host_name(struct span host);
static bool is_v6_text(struct span host);

int
parse_hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

enum lh_err
parse_uint(struct span text, uint64_t max, uint64_t *out)
{
	return read_digits(text, 10, max, out);
}

enum lh_err
parse_duration(struct span text, span_ms *out)
{
	uint64_t total = 0, part;
	struct span rest = text;
	struct span digits = take_digits(&rest);
	enum lh_err err;

	if (digits.len > 0 && rest.len == 0)
		return whole_duration(digits, NS_PER_S, out);
	if (digits.len > 0 && span_equal(rest, SPAN_LITERAL("d")))
		return whole_duration(digits, S_PER_DAY * NS_PER_S, out);
	while (text.len > 0) {
		err = take_duration_part(&text, &part);
		if (err != LH_OK)
			return err;
		if (part > MAX_NS - total)
			return LH_ERR_LIMIT;
		total += part;
	}
	*out = ns_to_ms(total);
	return LH_OK;
}

enum lh_err
parse_bool_loose(struct span text, bool *out)
{
	if (is_one_of(text, truths, COUNT(truths)))
		*out = true;
	else if (is_one_of(text, falsehoods, COUNT(falsehoods)))
		*out = false;
	else
		return LH_ERR_FORMAT;
	return LH_OK;
}

enum lh_err
parse_mode(struct span text, unsigned *out)
{
	uint64_t mode;
	enum lh_err err;

	err = read_digits(text, 8, MAX_MODE, &mode);
	if (err == LH_OK)
		*out = (unsigned)mode;
	return err;
}

enum lh_err
parse_size(struct span text, uint64_t *out)
{
	struct span digits = take_digits(&text);
	uint64_t number;
	enum lh_err err;
	size_t i;

	for (i = 0; i < COUNT(size_units); i++) {
		if (span_equal_nocase(text, size_units[i].name))
			break;
	}
	if (i == COUNT(size_units))
		return LH_ERR_FORMAT;
	err = read_digits(digits, 10, UINT64_MAX / size_units[i].factor,
	    &number);
	if (err == LH_OK)
		*out = number * size_units[i].factor;
	return err;
}

enum lh_err
parse_host_port(struct span text, struct span *host_out, uint16_t *port_out)
{
	bool bracketed = take_char(&text, '[');
	struct span host = { text.ptr, 0 };
	uint64_t port;
	enum lh_err err;

	host.len = span_find(text, bracketed ? ']' : ':');
	text = span_skip(text, host.len);
	if (bracketed && (!take_char(&text, ']') || !is_v6_text(host)))
		return LH_ERR_FORMAT;
	if (!bracketed && !is_host_name(host))
		return LH_ERR_FORMAT;
	if (!take_char(&text, ':'))
		return LH_ERR_FORMAT;
	err = parse_uint(text, UINT16_MAX, &port);
	if (err != LH_OK)
		return err;
	*host_out = host;
	*port_out = (uint16_t)port;
	return LH_OK;
}

/* At least one digit and nothing else; a wrong letter beats a large value. */
static enum lh_err
read_digits(struct span text, unsigned base, uint64_t max, uint64_t *out)
{
	uint64_t value = 0;
	bool fits = true;
	unsigned digit;
	size_t i;

	if (text.len == 0)
		return LH_ERR_FORMAT;
	for (i = 0; i < text.len; i++) {
		digit = (unsigned)(unsigned char)text.ptr[i] - '0';
		if (digit >= base)
			return LH_ERR_FORMAT;
		fits = fits && digit <= max && value <= (max - digit) / base;
		if (fits)
			value = value * base + digit;
	}
	if (!fits)
		return LH_ERR_LIMIT;
	*out = value;
	return LH_OK;
}

static enum lh_err
whole_duration(struct span digits, uint64_t unit_ns, span_ms *out)
{
	uint64_t number;
	enum lh_err err;

	err = read_digits(digits, 10, MAX_NS / unit_ns, &number);
	if (err == LH_OK)
		*out = ns_to_ms(number * unit_ns);
	return err;
}

/* A number, perhaps with a fraction, and its unit. */
static enum lh_err
take_duration_part(struct span *text, uint64_t *ns_out)
{
	struct span digits = take_digits(text);
	uint64_t number = 0, fraction_ns;
	const struct unit *unit;
	size_t fraction_digits;
	double fraction;
	enum lh_err err;

	fraction = take_fraction(text, &fraction_digits);
	if (digits.len == 0 && fraction_digits == 0)
		return LH_ERR_FORMAT;
	unit = find_duration_unit(take_unit_name(text));
	if (unit == NULL)
		return LH_ERR_FORMAT;
	if (digits.len > 0) {
		err = read_digits(digits, 10, MAX_NS / unit->factor, &number);
		if (err != LH_OK)
			return err;
	}
	number *= unit->factor;
	fraction_ns = (uint64_t)(fraction * (double)unit->factor);
	if (fraction_ns > MAX_NS - number)
		return LH_ERR_LIMIT;
	*ns_out = number + fraction_ns;
	return LH_OK;
}

/* The point and what follows; below 1, and 0 when there is no point. */
static double
take_fraction(struct span *text, size_t *digits_out)
{
	uint64_t value = 0, scale = 1;
	struct span digits;
	size_t i;

	*digits_out = 0;
	if (!take_char(text, '.'))
		return 0;
	digits = take_digits(text);
	for (i = 0; i < digits.len && i < MAX_FRACTION_DIGITS; i++) {
		value = value * 10 + (uint64_t)(digits.ptr[i] - '0');
		scale *= 10;
	}
	*digits_out = digits.len;
	return (double)value / (double)scale;
}

static struct span
take_unit_name(struct span *text)
{
	struct span name = { text->ptr, 0 };

	while (name.len < text->len && !take_is_digit(text->ptr[name.len]) &&
	    text->ptr[name.len] != '.')
		name.len++;
	*text = span_skip(*text, name.len);
	return name;
}

static const struct unit *
find_duration_unit(struct span name)
{
	size_t i;

	for (i = 0; i < COUNT(duration_units); i++) {
		if (span_equal(name, duration_units[i].name))
			return &duration_units[i];
	}
	return NULL;
}

/* Upwards: a wait that was asked for never becomes none. */
static span_ms
ns_to_ms(uint64_t ns)
{
	return (span_ms)(ns / NS_PER_MS + (ns % NS_PER_MS != 0));
}

static bool
is_one_of(struct span text, const struct span *words, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (span_equal(text, words[i]))
			return true;
	}
	return false;
}

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* A name, an IPv4 address, or nothing for every address. */
static bool
is_host_name(struct span host)
{
	size_t i;
	char c;

	for (i = 0; i < host.len; i++) {
		c = host.ptr[i];
		if (!is_letter(c) && !take_is_digit(c) && c != '-' && c != '.' &&
		    c != '_')
			return false;
	}
	return true;
}

/* The letters of an IPv6 address with an optional %zone; the resolver judges
 * the rest. */
static bool
is_v6_text(struct span host)
{
	size_t i, colons = 0, zone = span_find(host, '%');
	char c;

	for (i = 0; i < zone; i++) {
		c = host.ptr[i];
		if (!take_is_digit(c) && !(c >= 'a' && c <= 'f') &&
		    !(c >= 'A' && c <= 'F') && c != ':' && c != '.')
			return false;
		colons += c == ':';
	}
	return colons >= 2 && is_host_name(span_skip(host, zone + 1)) &&
	    zone + 1 != host.len;
}
