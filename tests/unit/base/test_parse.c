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
#include "samples.h"

#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static enum lh_err
read_port(struct span text, int64_t *value)
{
	uint64_t port = (uint64_t)*value;
	enum lh_err err = parse_uint(text, UINT16_MAX, &port);

	*value = (int64_t)port;
	return err;
}

static enum lh_err
read_mode(struct span text, int64_t *value)
{
	unsigned mode = (unsigned)*value;
	enum lh_err err = parse_mode(text, &mode);

	*value = mode;
	return err;
}

static enum lh_err
read_size(struct span text, int64_t *value)
{
	uint64_t size = (uint64_t)*value;
	enum lh_err err = parse_size(text, &size);

	*value = (int64_t)size;
	return err;
}

static enum lh_err
read_no_host(struct span text, int64_t *value)
{
	struct span host = SPAN_NONE;
	uint16_t port = (uint16_t)*value;
	enum lh_err err = parse_host_port(text, &host, &port);

	assert_null(host.ptr);
	*value = port;
	return err;
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

	SAMPLES_CHECK(samples, read_port);
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

	SAMPLES_CHECK(samples, parse_duration);
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

	SAMPLES_CHECK(samples, parse_duration);
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

	SAMPLES_CHECK(samples, read_mode);
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

	SAMPLES_CHECK(samples, read_size);
	assert_int_equal(parse_size(SPAN_LITERAL("17179869183GiB"), &value),
	    LH_OK);
	assert_true(value == UINT64_C(17179869183) << 30);
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

	SAMPLES_CHECK(samples, read_no_host);
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
		cmocka_unit_test(host_and_port_are_told_apart),
		cmocka_unit_test(other_hosts_and_ports_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
