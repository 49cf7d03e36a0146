/*
 * parse - text to numbers, durations, booleans, moments; pure.
 *
 * No locale and no NUL is needed, hence nothing of strtol(3) or strptime(3):
 * a format is written as one chain of what take.h eats.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "base/parse.h"

#include "take.h"

#define MS_PER_S 1000
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

/* A date and time of day as written; fraction and offset in milliseconds. */
struct moment {
	unsigned year, month, day;
	unsigned hour, minute, second;
	unsigned fraction_ms;
	int64_t offset_ms;	/* of the writer's clock, east of UTC */
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

static const struct span months[] = {
	WORD("Jan"), WORD("Feb"), WORD("Mar"), WORD("Apr"), WORD("May"),
	WORD("Jun"), WORD("Jul"), WORD("Aug"), WORD("Sep"), WORD("Oct"),
	WORD("Nov"), WORD("Dec"),
};

static const struct span short_days[] = {
	WORD("Mon"), WORD("Tue"), WORD("Wed"), WORD("Thu"), WORD("Fri"),
	WORD("Sat"), WORD("Sun"),
};

static const struct span long_days[] = {
	WORD("Monday"), WORD("Tuesday"), WORD("Wednesday"), WORD("Thursday"),
	WORD("Friday"), WORD("Saturday"), WORD("Sunday"),
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
static bool read_imf_date(struct span text, struct moment *out);
static bool read_rfc850_date(struct span text, struct moment *out);
static bool read_asctime_date(struct span text, struct moment *out);
static bool take_rfc3339_fraction(struct span *text, unsigned *ms_out);
static bool take_rfc3339_offset(struct span *text, int64_t *ms_out);
static bool take_time_of_day(struct span *text, struct moment *out);
static bool take_day_of_asctime(struct span *text, unsigned *out);
static bool is_a_moment(const struct moment *moment);
static unsigned days_in_month(unsigned year, unsigned month);
static wall_ms moment_to_wall(const struct moment *moment);
static int64_t days_since_epoch(const struct moment *moment);
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
parse_http_date(struct span text, wall_ms *out)
{
	struct moment moment = { 0 };

	if (!read_imf_date(text, &moment) &&
	    !read_rfc850_date(text, &moment) &&
	    !read_asctime_date(text, &moment))
		return LH_ERR_FORMAT;
	if (!is_a_moment(&moment))
		return LH_ERR_FORMAT;
	*out = moment_to_wall(&moment);
	return LH_OK;
}

enum lh_err
parse_retry_after(struct span text, wall_ms now, span_ms *out)
{
	uint64_t seconds;
	enum lh_err err;
	wall_ms then;

	err = parse_uint(text, INT64_MAX / MS_PER_S, &seconds);
	if (err == LH_OK)
		*out = (span_ms)seconds * MS_PER_S;
	if (err != LH_ERR_FORMAT)
		return err;
	err = parse_http_date(text, &then);
	if (err == LH_OK)
		*out = then > now ? then - now : 0;
	return err;
}

enum lh_err
parse_rfc3339(struct span text, wall_ms *out)
{
	struct moment moment = { 0 };

	if (!take_number(&text, 4, &moment.year) ||
	    !take_char(&text, '-') ||
	    !take_number(&text, 2, &moment.month) ||
	    !take_char(&text, '-') ||
	    !take_number(&text, 2, &moment.day) ||
	    !(take_char(&text, 'T') || take_char(&text, 't')) ||
	    !take_time_of_day(&text, &moment) ||
	    !take_rfc3339_fraction(&text, &moment.fraction_ms) ||
	    !take_rfc3339_offset(&text, &moment.offset_ms) ||
	    text.len > 0 || !is_a_moment(&moment))
		return LH_ERR_FORMAT;
	*out = moment_to_wall(&moment);
	return LH_OK;
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

/* Sun, 06 Nov 1994 08:49:37 GMT */
static bool
read_imf_date(struct span text, struct moment *out)
{
	unsigned weekday;

	return take_word(&text, short_days, COUNT(short_days), &weekday) &&
	    take_text(&text, SPAN_LITERAL(", ")) &&
	    take_number(&text, 2, &out->day) &&
	    take_char(&text, ' ') &&
	    take_word(&text, months, COUNT(months), &out->month) &&
	    take_char(&text, ' ') &&
	    take_number(&text, 4, &out->year) &&
	    take_char(&text, ' ') &&
	    take_time_of_day(&text, out) &&
	    span_equal(text, SPAN_LITERAL(" GMT"));
}

/* Sunday, 06-Nov-94 08:49:37 GMT */
static bool
read_rfc850_date(struct span text, struct moment *out)
{
	unsigned weekday, year;

	if (!take_word(&text, long_days, COUNT(long_days), &weekday) ||
	    !take_text(&text, SPAN_LITERAL(", ")) ||
	    !take_number(&text, 2, &out->day) ||
	    !take_char(&text, '-') ||
	    !take_word(&text, months, COUNT(months), &out->month) ||
	    !take_char(&text, '-') ||
	    !take_number(&text, 2, &year))
		return false;
	/* The RFC looks at the clock; being pure, we split as POSIX does. */
	out->year = year + (year < 69 ? 2000 : 1900);
	return take_char(&text, ' ') &&
	    take_time_of_day(&text, out) &&
	    span_equal(text, SPAN_LITERAL(" GMT"));
}

/* Sun Nov  6 08:49:37 1994 */
static bool
read_asctime_date(struct span text, struct moment *out)
{
	unsigned weekday;

	return take_word(&text, short_days, COUNT(short_days), &weekday) &&
	    take_char(&text, ' ') &&
	    take_word(&text, months, COUNT(months), &out->month) &&
	    take_char(&text, ' ') &&
	    take_day_of_asctime(&text, &out->day) &&
	    take_char(&text, ' ') &&
	    take_time_of_day(&text, out) &&
	    take_char(&text, ' ') &&
	    take_number(&text, 4, &out->year) &&
	    text.len == 0;
}

/* Two digits, or a blank and one. */
static bool
take_day_of_asctime(struct span *text, unsigned *out)
{
	if (take_char(text, ' '))
		return take_number(text, 1, out);
	return take_number(text, 2, out);
}

static bool
take_rfc3339_fraction(struct span *text, unsigned *ms_out)
{
	struct span digits;
	unsigned scale = 100;
	size_t i;

	*ms_out = 0;
	if (!take_char(text, '.'))
		return true;
	digits = take_digits(text);
	for (i = 0; i < digits.len && i < 3; i++) {
		*ms_out += (unsigned)(digits.ptr[i] - '0') * scale;
		scale /= 10;
	}
	return digits.len > 0;
}

static bool
take_rfc3339_offset(struct span *text, int64_t *ms_out)
{
	unsigned hours, minutes;
	bool east;

	*ms_out = 0;
	if (take_char(text, 'Z') || take_char(text, 'z'))
		return true;
	east = take_char(text, '+');
	if (!east && !take_char(text, '-'))
		return false;
	if (!take_number(text, 2, &hours) || hours > 23 ||
	    !take_char(text, ':') ||
	    !take_number(text, 2, &minutes) || minutes > 59)
		return false;
	*ms_out = (int64_t)(hours * 60 + minutes) * 60 * MS_PER_S;
	if (!east)
		*ms_out = -*ms_out;
	return true;
}

static bool
take_time_of_day(struct span *text, struct moment *out)
{
	return take_number(text, 2, &out->hour) &&
	    take_char(text, ':') &&
	    take_number(text, 2, &out->minute) &&
	    take_char(text, ':') &&
	    take_number(text, 2, &out->second);
}

/* A leap second is let through: it is the first of the next minute. */
static bool
is_a_moment(const struct moment *moment)
{
	return moment->month >= 1 && moment->month <= 12 &&
	    moment->day >= 1 &&
	    moment->day <= days_in_month(moment->year, moment->month) &&
	    moment->hour <= 23 && moment->minute <= 59 &&
	    moment->second <= 60;
}

static unsigned
days_in_month(unsigned year, unsigned month)
{
	static const unsigned char days[] = {
		31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31
	};
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	return days[month - 1] + (month == 2 && leap);
}

static wall_ms
moment_to_wall(const struct moment *moment)
{
	int64_t minutes, seconds;

	minutes = (int64_t)moment->hour * 60 + moment->minute;
	seconds = days_since_epoch(moment) * S_PER_DAY + minutes * 60 +
	    moment->second;
	return seconds * MS_PER_S + moment->fraction_ms - moment->offset_ms;
}

/* Years begin in March here, so that the leap day is the last of its year;
 * 719468 days lie between the first of March of year 0 and the epoch. */
static int64_t
days_since_epoch(const struct moment *moment)
{
	int64_t months_since_march = (moment->month + 9) % 12;
	int64_t year = (int64_t)moment->year - (moment->month <= 2);
	int64_t day_of_year, leap_days;

	/* January and February of year 0 belong to year -1: one era back. */
	if (year < 0)
		return days_since_epoch(&(struct moment){ .year = 400,
		    .month = moment->month, .day = moment->day }) - 146097;
	day_of_year = (153 * months_since_march + 2) / 5 + moment->day - 1;
	leap_days = year / 4 - year / 100 + year / 400;
	return year * 365 + leap_days + day_of_year - 719468;
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
