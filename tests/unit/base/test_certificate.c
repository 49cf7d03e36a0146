/*
 * test_certificate - the end of a certificate, found in what may be around it.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/certificate.h"

/* Ends on 2035-12-30 00:00:00 UTC. */
#define CERTIFICATE \
	"-----BEGIN CERTIFICATE-----\n" \
	"MIIBczCCARmgAwIBAgIUbgBEcF4Vm3OxE2bFE14AWsUyZ08wCgYIKoZIzj0EAwIw\n" \
	"DzENMAsGA1UEAwwEdGVzdDAeFw0yNjAxMDEwMDAwMDBaFw0zNTEyMzAwMDAwMDBa\n" \
	"MA8xDTALBgNVBAMMBHRlc3QwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAARKqZ2f\n" \
	"oLtmMe/tdFApVGLXTbyLcFU6I1Yy/G96/D+XZwwTvUIkni9dzRFBSAVktkc9SdJo\n" \
	"sfWU7P9norp1crkNo1MwUTAdBgNVHQ4EFgQUvtmJOIZL4d3KIMEntQNfo7JGsBMw\n" \
	"HwYDVR0jBBgwFoAUvtmJOIZL4d3KIMEntQNfo7JGsBMwDwYDVR0TAQH/BAUwAwEB\n" \
	"/zAKBggqhkjOPQQDAgNIADBFAiEA/8isYkqY1D1tTswD00s3DU7P3wSgrbgVT2Fo\n" \
	"brDJZZ0CIC8zM6UqvB0VH2r5NfkpaJIFQixgZuoEzOgOlnAtg85Y\n" \
	"-----END CERTIFICATE-----\n"
#define END_MS 2082585600000LL

static void
the_end_is_that_of_the_first_certificate(void **state)
{
	static const char *const texts[] = {
		CERTIFICATE, "\n" CERTIFICATE "rest", CERTIFICATE CERTIFICATE,
		"-----BEGIN EC PRIVATE KEY-----\nAAAA\n"
		"-----END EC PRIVATE KEY-----\n" CERTIFICATE
	};
	wall_ms end;
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		end = 0;
		assert_int_equal(certificate_not_after(span_of(texts[i]),
		    &end), LH_OK);
		assert_int_equal(end, END_MS);
	}
}

static void
what_is_no_certificate_is_refused(void **state)
{
	static const char *const texts[] = {
		"", "-----BEGIN CERTIFICATE-----",
		"-----BEGIN CERTIFICATE-----\nAAAA\n"
		"-----END CERTIFICATE-----\n",
		"-----BEGIN EC PRIVATE KEY-----\nAAAA\n"
		"-----END EC PRIVATE KEY-----\n"
	};
	wall_ms end = 7;
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_int_equal(certificate_not_after(span_of(texts[i]),
		    &end), LH_ERR_FORMAT);
	assert_int_equal(end, 7);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_end_is_that_of_the_first_certificate),
		cmocka_unit_test(what_is_no_certificate_is_refused)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
