/*
 * moment - dates and times as they stand in headers and answers; pure.
 *
 * As in parse.c, a format is written as one chain of what take.h eats.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "base/moment.h"

#include "base/parse.h"
#include "take.h"

#define MS_PER_S 1000
#define S_PER_DAY 86400

/* A date and time of day as written; fraction and offset in milliseconds. */
struct moment {
	unsigned year, month, day;
	unsigned hour, minute, second;
	unsigned fraction_ms;
	int64_t offset_ms;	/* of the writer's clock, east of UTC */
};

#define WORD(text) { text, sizeof(text) - 1 }

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

enum lh_err
moment_of_http_date(struct span text, wall_ms *out)
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
moment_of_retry_after(struct span text, wall_ms now, span_ms *out)
{
	uint64_t seconds;
	span_ms span = 0;
	enum lh_err err;
	wall_ms then;

	err = parse_uint(text, INT64_MAX / MS_PER_S, &seconds);
	if (err == LH_OK)
		span = (span_ms)seconds * MS_PER_S;
	if (err == LH_ERR_FORMAT) {
		err = moment_of_http_date(text, &then);
		if (err == LH_OK && then > now)
			span = then - now;
	}
	if (err == LH_OK)
		*out = span < MOMENT_MAX_RETRY_AFTER_MS ? span :
		    MOMENT_MAX_RETRY_AFTER_MS;
	return err;
}

enum lh_err
moment_of_rfc3339(struct span text, wall_ms *out)
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
