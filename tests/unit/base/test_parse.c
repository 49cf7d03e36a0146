/*
 * test_parse - what is read, what is refused, and why.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <string.h>

#include <cmocka.h>

#include "base/parse.h"

#define UNTOUCHED 77
#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A text, and what becomes of it; value counts only with LH_OK. */
struct sample {
	const char *text;
	enum lh_err err;
	int64_t value;
};

static void
check(const struct sample *sample, enum lh_err err, int64_t value)
{
	int64_t expected = sample->err == LH_OK ? sample->value : UNTOUCHED;

	if (err == sample->err && value == expected)
		return;
	fail_msg("\"%s\": error %d, not %d; value %lld, not %lld",
	    sample->text, err, sample->err, (long long)value,
	    (long long)expected);
}

static void
numbers_are_digits_up_to_a_maximum(void **state)
{
	static const struct sample samples[] = {
		{ "0", LH_OK, 0 },
		{ "7", LH_OK, 7 },
		{ "007", LH_OK, 7 },
		{ "0000000000000000000000000000065535", LH_OK, 65535 },
		{ "65535", LH_OK, 65535 },
		{ "65536", LH_ERR_LIMIT, 0 },
		{ "655350", LH_ERR_LIMIT, 0 },
		{ "18446744073709551616", LH_ERR_LIMIT, 0 },
		{ "99999999999999999999999999", LH_ERR_LIMIT, 0 },
		{ "99999999999999999999999999x", LH_ERR_FORMAT, 0 },
		{ "", LH_ERR_FORMAT, 0 },
		{ "+1", LH_ERR_FORMAT, 0 },
		{ "-1", LH_ERR_FORMAT, 0 },
		{ " 1", LH_ERR_FORMAT, 0 },
		{ "1 ", LH_ERR_FORMAT, 0 },
		{ "1.0", LH_ERR_FORMAT, 0 },
		{ "0x10", LH_ERR_FORMAT, 0 },
		{ "1_000", LH_ERR_FORMAT, 0 },
		{ "\xd9\xa1", LH_ERR_FORMAT, 0 },
	};
	uint64_t value;
	enum lh_err err;
	size_t i;

	for (i = 0; i < COUNT(samples); i++) {
		value = UNTOUCHED;
		err = parse_uint(span_of(samples[i].text), 65535, &value);
		check(&samples[i], err, (int64_t)value);
	}
}

static void
the_largest_number_of_all_can_be_read(void **state)
{
	uint64_t value = 0;

	assert_int_equal(parse_uint(SPAN_LITERAL("18446744073709551615"),
	    UINT64_MAX, &value), LH_OK);
	assert_true(value == UINT64_MAX);
	assert_int_equal(parse_uint(SPAN_LITERAL("18446744073709551616"),
	    UINT64_MAX, &value), LH_ERR_LIMIT);
	assert_int_equal(parse_uint(SPAN_LITERAL("0"), 0, &value), LH_OK);
	assert_true(value == 0);
	assert_int_equal(parse_uint(SPAN_LITERAL("5"), 3, &value),
	    LH_ERR_LIMIT);
	assert_int_equal(parse_uint(SPAN_NONE, 3, &value), LH_ERR_FORMAT);
}

static void
a_nul_inside_is_no_end(void **state)
{
	struct span text = SPAN_LITERAL("1\0");
	uint64_t number;
	span_ms span;
	bool flag;

	assert_int_equal(parse_uint(text, 9, &number), LH_ERR_FORMAT);
	assert_int_equal(parse_duration(text, &span), LH_ERR_FORMAT);
	assert_int_equal(parse_bool_loose(text, &flag), LH_ERR_FORMAT);
}

static void
durations_are_read_as_go_does(void **state)
{
	static const struct sample samples[] = {
		{ "", LH_OK, 0 },
		{ "0", LH_OK, 0 },
		{ "0s", LH_OK, 0 },
		{ "30", LH_OK, 30 * SECOND },
		{ "7d", LH_OK, 7 * DAY },
		{ "0d", LH_OK, 0 },
		{ "300ms", LH_OK, 300 },
		{ "5s", LH_OK, 5 * SECOND },
		{ "5m", LH_OK, 5 * MINUTE },
		{ "2h", LH_OK, 2 * HOUR },
		{ "1h30m", LH_OK, HOUR + 30 * MINUTE },
		{ "2h45m30s", LH_OK, 2 * HOUR + 45 * MINUTE + 30 * SECOND },
		{ "1h1m1s1ms", LH_OK, HOUR + MINUTE + SECOND + 1 },
		{ "5m5h", LH_OK, 5 * HOUR + 5 * MINUTE },
		{ "1s1s", LH_OK, 2 * SECOND },
		{ "1.5h", LH_OK, HOUR + 30 * MINUTE },
		{ "1.1h", LH_OK, HOUR + 6 * MINUTE },
		{ "0.3s", LH_OK, 300 },
		{ ".5s", LH_OK, 500 },
		{ "5.s", LH_OK, 5 * SECOND },
		{ "1.5s.5s", LH_OK, 2 * SECOND },
		{ "0.000000000000000000000000001h", LH_OK, 0 },
		{ "0.999999999999999999999h", LH_OK, HOUR },
		{ "0.1234s", LH_OK, 124 },
		{ "1ns", LH_OK, 1 },
		{ "1us", LH_OK, 1 },
		{ "1000us", LH_OK, 1 },
		{ "1001us", LH_OK, 2 },
		{ "2000\xc2\xb5s", LH_OK, 2 },
		{ "2000\xce\xbcs", LH_OK, 2 },
		{ "1000000ns", LH_OK, 1 },
		{ "500us500us", LH_OK, 1 },
		{ "0ns", LH_OK, 0 },
		{ "9223372036s", LH_OK, 9223372036 * SECOND },
		{ "9223372036", LH_OK, 9223372036 * SECOND },
		{ "9223372036854775807ns", LH_OK, 9223372036855 },
		{ "106751d", LH_OK, 106751 * DAY },
	};
	enum lh_err err;
	span_ms value;
	size_t i;

	for (i = 0; i < COUNT(samples); i++) {
		value = UNTOUCHED;
		err = parse_duration(span_of(samples[i].text), &value);
		check(&samples[i], err, value);
	}
}

static void
other_durations_are_refused(void **state)
{
	static const struct sample samples[] = {
		{ "-1s", LH_ERR_FORMAT, 0 },
		{ "+1s", LH_ERR_FORMAT, 0 },
		{ "-5", LH_ERR_FORMAT, 0 },
		{ "1s-1s", LH_ERR_FORMAT, 0 },
		{ "s", LH_ERR_FORMAT, 0 },
		{ ".s", LH_ERR_FORMAT, 0 },
		{ ".", LH_ERR_FORMAT, 0 },
		{ "d", LH_ERR_FORMAT, 0 },
		{ "1.5", LH_ERR_FORMAT, 0 },
		{ "1.5d", LH_ERR_FORMAT, 0 },
		{ "1d12h", LH_ERR_FORMAT, 0 },
		{ "12h1d", LH_ERR_FORMAT, 0 },
		{ "1h30", LH_ERR_FORMAT, 0 },
		{ "1.2.3s", LH_ERR_FORMAT, 0 },
		{ "1 s", LH_ERR_FORMAT, 0 },
		{ " 1s", LH_ERR_FORMAT, 0 },
		{ "1s ", LH_ERR_FORMAT, 0 },
		{ "1S", LH_ERR_FORMAT, 0 },
		{ "1w", LH_ERR_FORMAT, 0 },
		{ "1\xc2s", LH_ERR_FORMAT, 0 },
		{ "1hour", LH_ERR_FORMAT, 0 },
		{ "1e3s", LH_ERR_FORMAT, 0 },
		{ "infinity", LH_ERR_FORMAT, 0 },
		{ "9223372037s", LH_ERR_LIMIT, 0 },
		{ "9223372037", LH_ERR_LIMIT, 0 },
		{ "9223372036854775808ns", LH_ERR_LIMIT, 0 },
		{ "106752d", LH_ERR_LIMIT, 0 },
		{ "2562048h", LH_ERR_LIMIT, 0 },
		{ "2562047h2562047h", LH_ERR_LIMIT, 0 },
		{ "2562047.999h", LH_ERR_LIMIT, 0 },
		{ "99999999999999999999999s", LH_ERR_LIMIT, 0 },
		{ "99999999999999999999999", LH_ERR_LIMIT, 0 },
	};
	enum lh_err err;
	span_ms value;
	size_t i;

	for (i = 0; i < COUNT(samples); i++) {
		value = UNTOUCHED;
		err = parse_duration(span_of(samples[i].text), &value);
		check(&samples[i], err, value);
	}
}

static void
booleans_are_loose_but_not_free(void **state)
{
	static const char *const truths[] = {
		"1", "t", "T", "TRUE", "true", "True"
	};
	static const char *const falsehoods[] = {
		"", "0", "f", "F", "FALSE", "false", "False"
	};
	static const char *const neither[] = {
		"2", "yes", "no", "on", "tRUE", "true ", " ", "tr", "01"
	};
	bool flag;
	size_t i;

	for (i = 0; i < COUNT(truths); i++) {
		flag = false;
		assert_int_equal(parse_bool_loose(span_of(truths[i]), &flag),
		    LH_OK);
		assert_true(flag);
	}
	for (i = 0; i < COUNT(falsehoods); i++) {
		flag = true;
		assert_int_equal(parse_bool_loose(span_of(falsehoods[i]),
		    &flag), LH_OK);
		assert_false(flag);
	}
	for (i = 0; i < COUNT(neither); i++)
		assert_int_equal(parse_bool_loose(span_of(neither[i]), &flag),
		    LH_ERR_FORMAT);
}

static void
modes_are_octal(void **state)
{
	static const struct sample samples[] = {
		{ "0640", LH_OK, 0640 },
		{ "640", LH_OK, 0640 },
		{ "0", LH_OK, 0 },
		{ "0777", LH_OK, 0777 },
		{ "7777", LH_OK, 07777 },
		{ "10000", LH_ERR_LIMIT, 0 },
		{ "7777777777777777777777777", LH_ERR_LIMIT, 0 },
		{ "", LH_ERR_FORMAT, 0 },
		{ "0o640", LH_ERR_FORMAT, 0 },
		{ "680", LH_ERR_FORMAT, 0 },
		{ "-640", LH_ERR_FORMAT, 0 },
		{ "rw-r-----", LH_ERR_FORMAT, 0 },
	};
	unsigned value;
	enum lh_err err;
	size_t i;

	for (i = 0; i < COUNT(samples); i++) {
		value = UNTOUCHED;
		err = parse_mode(span_of(samples[i].text), &value);
		check(&samples[i], err, value);
	}
}

static void
sizes_count_in_powers_of_1024(void **state)
{
	static const struct sample samples[] = {
		{ "0", LH_OK, 0 },
		{ "512", LH_OK, 512 },
		{ "64KiB", LH_OK, 65536 },
		{ "64KB", LH_OK, 65536 },
		{ "64kb", LH_OK, 65536 },
		{ "32MiB", LH_OK, 32 << 20 },
		{ "32MB", LH_OK, 32 << 20 },
		{ "1GiB", LH_OK, 1 << 30 },
		{ "1gb", LH_OK, 1 << 30 },
		{ "17179869184GiB", LH_ERR_LIMIT, 0 },
		{ "18446744073709551616", LH_ERR_LIMIT, 0 },
		{ "", LH_ERR_FORMAT, 0 },
		{ "KiB", LH_ERR_FORMAT, 0 },
		{ "1K", LH_ERR_FORMAT, 0 },
		{ "1B", LH_ERR_FORMAT, 0 },
		{ "1 MiB", LH_ERR_FORMAT, 0 },
		{ "1.5MiB", LH_ERR_FORMAT, 0 },
		{ "-1MiB", LH_ERR_FORMAT, 0 },
		{ "1MiBs", LH_ERR_FORMAT, 0 },
		{ "1TiB", LH_ERR_FORMAT, 0 },
	};
	uint64_t value;
	enum lh_err err;
	size_t i;

	for (i = 0; i < COUNT(samples); i++) {
		value = UNTOUCHED;
		err = parse_size(span_of(samples[i].text), &value);
		check(&samples[i], err, (int64_t)value);
	}
	assert_int_equal(parse_size(SPAN_LITERAL("17179869183GiB"), &value),
	    LH_OK);
	assert_true(value == UINT64_C(17179869183) << 30);
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
	enum lh_err err;
	wall_ms value;
	size_t i;

	for (i = 0; i < COUNT(samples); i++) {
		err = parse_http_date(span_of(samples[i].text), &value);
		assert_int_equal(value % SECOND, 0);
		check(&samples[i], err, value / SECOND);
	}
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
		if (parse_http_date(span_of(texts[i]), &value) !=
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
		{ "9223372036854775", LH_OK, INT64_C(9223372036854775000) },
		{ "9223372036854776", LH_ERR_LIMIT, 0 },
		{ "99999999999999999999999", LH_ERR_LIMIT, 0 },
		{ "", LH_ERR_FORMAT, 0 },
		{ "-1", LH_ERR_FORMAT, 0 },
		{ "1.5", LH_ERR_FORMAT, 0 },
		{ "soon", LH_ERR_FORMAT, 0 },
	};
	wall_ms now = 784111777 * SECOND - 500;
	enum lh_err err;
	span_ms value;
	size_t i;

	for (i = 0; i < COUNT(samples); i++) {
		value = UNTOUCHED;
		err = parse_retry_after(span_of(samples[i].text), now, &value);
		check(&samples[i], err, value);
	}
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
	enum lh_err err;
	wall_ms value;
	size_t i;

	for (i = 0; i < COUNT(samples); i++) {
		value = UNTOUCHED;
		err = parse_rfc3339(span_of(samples[i].text), &value);
		check(&samples[i], err, value);
	}
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
				if (parse_rfc3339(span_of(text), &value) !=
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

static void
host_and_port_are_told_apart(void **state)
{
	static const struct {
		const char *text, *host;
		uint16_t port;
	} samples[] = {
		{ "127.0.0.1:8200", "127.0.0.1", 8200 },
		{ "localhost:0", "localhost", 0 },
		{ "vault-0.vault_internal.svc:65535",
		    "vault-0.vault_internal.svc", 65535 },
		{ ":8100", "", 8100 },
		{ "[::1]:8200", "::1", 8200 },
		{ "[::]:8200", "::", 8200 },
		{ "[2001:DB8::a]:443", "2001:DB8::a", 443 },
		{ "[::ffff:127.0.0.1]:1", "::ffff:127.0.0.1", 1 },
		{ "[fe80::1%eth0]:8200", "fe80::1%eth0", 8200 },
	};
	struct span host;
	uint16_t port;
	size_t i;

	for (i = 0; i < COUNT(samples); i++) {
		assert_int_equal(parse_host_port(span_of(samples[i].text),
		    &host, &port), LH_OK);
		assert_true(span_equal(host, span_of(samples[i].host)));
		assert_int_equal(port, samples[i].port);
	}
}

static void
other_hosts_and_ports_are_refused(void **state)
{
	static const struct sample samples[] = {
		{ "", LH_ERR_FORMAT, 0 },
		{ ":", LH_ERR_FORMAT, 0 },
		{ "localhost", LH_ERR_FORMAT, 0 },
		{ "localhost:", LH_ERR_FORMAT, 0 },
		{ "localhost:http", LH_ERR_FORMAT, 0 },
		{ "localhost:-1", LH_ERR_FORMAT, 0 },
		{ "localhost:80/", LH_ERR_FORMAT, 0 },
		{ "::1:8200", LH_ERR_FORMAT, 0 },
		{ "::1", LH_ERR_FORMAT, 0 },
		{ "[::1]", LH_ERR_FORMAT, 0 },
		{ "[::1:8200", LH_ERR_FORMAT, 0 },
		{ "[]:8200", LH_ERR_FORMAT, 0 },
		{ "[::1]8200", LH_ERR_FORMAT, 0 },
		{ "[::1]]:8200", LH_ERR_FORMAT, 0 },
		{ "[127.0.0.1]:8200", LH_ERR_FORMAT, 0 },
		{ "[::1%]:8200", LH_ERR_FORMAT, 0 },
		{ "[::1%e/0]:8200", LH_ERR_FORMAT, 0 },
		{ "[::g]:8200", LH_ERR_FORMAT, 0 },
		{ "a b:80", LH_ERR_FORMAT, 0 },
		{ "user@host:80", LH_ERR_FORMAT, 0 },
		{ "http://host:80", LH_ERR_FORMAT, 0 },
		{ "a/b:80", LH_ERR_FORMAT, 0 },
		{ "localhost:65536", LH_ERR_LIMIT, 0 },
		{ "[::1]:99999999999999999999", LH_ERR_LIMIT, 0 },
	};
	struct span host;
	uint16_t port;
	enum lh_err err;
	size_t i;

	for (i = 0; i < COUNT(samples); i++) {
		host = SPAN_NONE;
		port = UNTOUCHED;
		err = parse_host_port(span_of(samples[i].text), &host, &port);
		check(&samples[i], err, port);
		assert_null(host.ptr);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_digits_up_to_a_maximum),
		cmocka_unit_test(the_largest_number_of_all_can_be_read),
		cmocka_unit_test(a_nul_inside_is_no_end),
		cmocka_unit_test(durations_are_read_as_go_does),
		cmocka_unit_test(other_durations_are_refused),
		cmocka_unit_test(booleans_are_loose_but_not_free),
		cmocka_unit_test(modes_are_octal),
		cmocka_unit_test(sizes_count_in_powers_of_1024),
		cmocka_unit_test(http_dates_come_in_three_forms),
		cmocka_unit_test(other_http_dates_are_refused),
		cmocka_unit_test(a_retry_is_a_span_from_now),
		cmocka_unit_test(rfc3339_has_fractions_and_offsets),
		cmocka_unit_test(every_day_follows_the_one_before),
		cmocka_unit_test(host_and_port_are_told_apart),
		cmocka_unit_test(other_hosts_and_ports_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
