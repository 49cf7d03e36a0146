/*
 * test_moment - which dates are read, and which are refused.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <string.h>

#include <cmocka.h>

#include "base/moment.h"
#include "samples.h"

#define UNTOUCHED 77
#define SECOND INT64_C(1000)
#define DAY (86400 * SECOND)
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* In seconds: it has no fraction. */
static enum lh_err
read_http_date(struct span text, int64_t *value)
{
	wall_ms at = *value * SECOND;
	enum lh_err err = moment_of_http_date(text, &at);

	assert_int_equal(at % SECOND, 0);
	*value = at / SECOND;
	return err;
}

static enum lh_err
read_retry_after(struct span text, int64_t *value)
{
	const wall_ms half_a_second_before = 784111777 * SECOND - 500;

	return moment_of_retry_after(text, half_a_second_before, value);
}

static void
http_dates_come_in_three_forms(void **state)
{
	static const struct sample samples[] = {
		{ "Sun, 06 Nov 1994 08:49:37 GMT", LH_OK, 784111777 },
		{ "Sunday, 06-Nov-94 08:49:37 GMT", LH_OK, 784111777 },
		{ "Sun Nov  6 08:49:37 1994", LH_OK, 784111777 },
		{ "Wed Nov 16 08:49:37 1994", LH_OK, 784975777 },
		{ "Thu, 01 Jan 1970 00:00:00 GMT", LH_OK, 0 },
		{ "Wed, 31 Dec 1969 23:59:59 GMT", LH_OK, -1 },
		{ "Tue, 29 Feb 2000 12:00:00 GMT", LH_OK, 951825600 },
		{ "Wed, 01 Mar 2000 00:00:00 GMT", LH_OK, 951868800 },
		{ "Thu, 29 Feb 2024 00:00:00 GMT", LH_OK, 1709164800 },
		{ "Mon, 01 Mar 2100 00:00:00 GMT", LH_OK, 4107542400 },
		{ "Sat, 31 Dec 2016 23:59:60 GMT", LH_OK, 1483228800 },
		{ "Fri, 31 Dec 9999 23:59:59 GMT", LH_OK, 253402300799 },
		{ "Saturday, 01-Jan-00 00:00:00 GMT", LH_OK, 946684800 },
		{ "Sunday, 01-Jan-68 00:00:00 GMT", LH_OK, 3092601600 },
		{ "Wednesday, 01-Jan-69 00:00:00 GMT", LH_OK, -31536000 },
		{ "Friday, 01-Jan-99 00:00:00 GMT", LH_OK, 915148800 },
	};

	SAMPLES_CHECK(samples, read_http_date);
}

static void
other_http_dates_are_refused(void **state)
{
	static const char *const texts[] = {
		"",
		"Sun",
		"Sun, 06 Nov 1994 08:49:37",
		"Sun, 06 Nov 1994 08:49:37 UTC",
		"Sun, 06 Nov 1994 08:49:37 GMT ",
		" Sun, 06 Nov 1994 08:49:37 GMT",
		"Son, 06 Nov 1994 08:49:37 GMT",
		"Sun, 06 Nov 94 08:49:37 GMT",
		"Sun, 6 Nov 1994 08:49:37 GMT",
		"Sun, 06 nov 1994 08:49:37 GMT",
		"Sun, 00 Nov 1994 08:49:37 GMT",
		"Sun, 31 Nov 1994 08:49:37 GMT",
		"Tue, 29 Feb 1900 08:49:37 GMT",
		"Sun, 29 Feb 2023 08:49:37 GMT",
		"Sun, 06 Nov 1994 24:00:00 GMT",
		"Sun, 06 Nov 1994 08:60:00 GMT",
		"Sun, 06 Nov 1994 08:49:61 GMT",
		"Sun, 06 Nov 1994 8:49:37 GMT",
		"Sun, 06 Nov -994 08:49:37 GMT",
		"Sunday, 06 Nov 1994 08:49:37 GMT",
		"Sunday, 06-Nov-1994 08:49:37 GMT",
		"Sun, 06-Nov-94 08:49:37 GMT",
		"Sun Nov 6 08:49:37 1994",
		"Sun Nov   6 08:49:37 1994",
		"Sun Nov  6 08:49:37 1994 GMT",
		"Sun Nov  6 08:49:37 19940",
		"1994-11-06T08:49:37Z",
	};
	wall_ms value = UNTOUCHED;
	size_t i;

	for (i = 0; i < COUNT(texts); i++) {
		if (moment_of_http_date(span_of(texts[i]), &value) !=
		    LH_ERR_FORMAT)
			fail_msg("\"%s\" was read", texts[i]);
	}
	assert_int_equal(value, UNTOUCHED);
}

static void
a_retry_is_a_span_from_now(void **state)
{
	static const struct sample samples[] = {
		{ "0", LH_OK, 0 },
		{ "120", LH_OK, 120 * SECOND },
		{ "Sun, 06 Nov 1994 08:49:37 GMT", LH_OK, 500 },
		{ "Sun, 06 Nov 1994 08:50:37 GMT", LH_OK, 60500 },
		{ "Sun, 06 Nov 1994 08:49:36 GMT", LH_OK, 0 },
		{ "Thu, 01 Jan 1970 00:00:00 GMT", LH_OK, 0 },
		{ "31535999", LH_OK, 31535999 * SECOND },
		{ "31536001", LH_OK, MOMENT_MAX_RETRY_AFTER_MS },
		{ "9223372036854775", LH_OK, MOMENT_MAX_RETRY_AFTER_MS },
		{ "Fri, 31 Dec 9999 23:59:59 GMT", LH_OK,
		    MOMENT_MAX_RETRY_AFTER_MS },
		{ "9223372036854776", LH_ERR_LIMIT, 0 },
		{ "99999999999999999999999", LH_ERR_LIMIT, 0 },
		{ "", LH_ERR_FORMAT, 0 },
		{ "-1", LH_ERR_FORMAT, 0 },
		{ "1.5", LH_ERR_FORMAT, 0 },
		{ "soon", LH_ERR_FORMAT, 0 },
	};

	SAMPLES_CHECK(samples, read_retry_after);
}

static void
rfc3339_has_fractions_and_offsets(void **state)
{
	static const struct sample samples[] = {
		{ "1970-01-01T00:00:00Z", LH_OK, 0 },
		{ "1994-11-06T08:49:37Z", LH_OK, 784111777000 },
		{ "1994-11-06t08:49:37z", LH_OK, 784111777000 },
		{ "1994-11-06T08:49:37.5Z", LH_OK, 784111777500 },
		{ "1994-11-06T08:49:37.123456789Z", LH_OK, 784111777123 },
		{ "1994-11-06T08:49:37.0009Z", LH_OK, 784111777000 },
		{ "1994-11-06T09:49:37+01:00", LH_OK, 784111777000 },
		{ "1994-11-06T03:19:37.25-05:30", LH_OK, 784111777250 },
		{ "1994-11-06T08:49:37+00:00", LH_OK, 784111777000 },
		{ "1994-11-06T08:49:37-00:00", LH_OK, 784111777000 },
		{ "0001-01-01T00:00:00Z", LH_OK, -62135596800000 },
		{ "0000-01-01T00:00:00Z", LH_OK, -62167219200000 },
		{ "0000-02-29T00:00:00Z", LH_OK, -62162121600000 },
		{ "0000-03-01T00:00:00Z", LH_OK, -62162035200000 },
		{ "9999-12-31T23:59:59.999Z", LH_OK, 253402300799999 },
		{ "", LH_ERR_FORMAT, 0 },
		{ "1994-11-06", LH_ERR_FORMAT, 0 },
		{ "1994-11-06T08:49:37", LH_ERR_FORMAT, 0 },
		{ "1994-11-06 08:49:37Z", LH_ERR_FORMAT, 0 },
		{ "1994-11-06T08:49:37.Z", LH_ERR_FORMAT, 0 },
		{ "1994-11-06T08:49:37,5Z", LH_ERR_FORMAT, 0 },
		{ "1994-11-06T08:49Z", LH_ERR_FORMAT, 0 },
		{ "1994-11-06T08:49:37ZZ", LH_ERR_FORMAT, 0 },
		{ "1994-11-06T08:49:37+0100", LH_ERR_FORMAT, 0 },
		{ "1994-11-06T08:49:37+24:00", LH_ERR_FORMAT, 0 },
		{ "1994-11-06T08:49:37+01:60", LH_ERR_FORMAT, 0 },
		{ "1994-13-06T08:49:37Z", LH_ERR_FORMAT, 0 },
		{ "1994-00-06T08:49:37Z", LH_ERR_FORMAT, 0 },
		{ "1994-02-29T08:49:37Z", LH_ERR_FORMAT, 0 },
		{ "1994-1-06T08:49:37Z", LH_ERR_FORMAT, 0 },
		{ "94-11-06T08:49:37Z", LH_ERR_FORMAT, 0 },
		{ "-994-11-06T08:49:37Z", LH_ERR_FORMAT, 0 },
	};

	SAMPLES_CHECK(samples, moment_of_rfc3339);
}

static void
every_day_follows_the_one_before(void **state)
{
	static const char digits[] = "0123456789";
	char text[] = "2000-01-01T00:00:00Z";
	wall_ms last = 946684800 * SECOND - DAY, value;
	unsigned year, month, day, days = 0;

	for (year = 0; year < 100; year++) {
		text[2] = digits[year / 10];
		text[3] = digits[year % 10];
		for (month = 1; month <= 12; month++) {
			text[5] = digits[month / 10];
			text[6] = digits[month % 10];
			for (day = 1; day <= 31; day++) {
				text[8] = digits[day / 10];
				text[9] = digits[day % 10];
				if (moment_of_rfc3339(span_of(text), &value) !=
				    LH_OK)
					continue;
				assert_int_equal(value - last, DAY);
				last = value;
				days++;
			}
		}
	}
	assert_int_equal(days, 36525);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(http_dates_come_in_three_forms),
		cmocka_unit_test(other_http_dates_are_refused),
		cmocka_unit_test(a_retry_is_a_span_from_now),
		cmocka_unit_test(rfc3339_has_fractions_and_offsets),
		cmocka_unit_test(every_day_follows_the_one_before),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
