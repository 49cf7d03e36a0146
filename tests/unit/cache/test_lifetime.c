/*
 * test_lifetime - which path has a lifetime, and what an answer tells of it.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "fixture.h"

#include "cache/cache_lifetime.h"

#define ASKED 1000000
#define NOW (ASKED + 250)
#define WALL 1700000000000LL
#define YEAR_MS (365LL * 86400 * 1000)
#define CENTURY_MS (100 * YEAR_MS)

/* Ends on 2035-12-30 00:00:00 UTC. In a JSON text. */
#define CERTIFICATE \
	"-----BEGIN CERTIFICATE-----\\n" \
	"MIIBczCCARmgAwIBAgIUbgBEcF4Vm3OxE2bFE14AWsUyZ08wCgYIKoZIzj0EAwIw\\n" \
	"DzENMAsGA1UEAwwEdGVzdDAeFw0yNjAxMDEwMDAwMDBaFw0zNTEyMzAwMDAwMDBa\\n" \
	"MA8xDTALBgNVBAMMBHRlc3QwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAARKqZ2f\\n" \
	"oLtmMe/tdFApVGLXTbyLcFU6I1Yy/G96/D+XZwwTvUIkni9dzRFBSAVktkc9SdJo\\n" \
	"sfWU7P9norp1crkNo1MwUTAdBgNVHQ4EFgQUvtmJOIZL4d3KIMEntQNfo7JGsBMw\\n" \
	"HwYDVR0jBBgwFoAUvtmJOIZL4d3KIMEntQNfo7JGsBMwDwYDVR0TAQH/BAUwAwEB\\n" \
	"/zAKBggqhkjOPQQDAgNIADBFAiEA/8isYkqY1D1tTswD00s3DU7P3wSgrbgVT2Fo\\n" \
	"brDJZZ0CIC8zM6UqvB0VH2r5NfkpaJIFQixgZuoEzOgOlnAtg85Y\\n" \
	"-----END CERTIFICATE-----\\n"
#define CERTIFICATE_END_MS 2082585600000LL

static const struct cache_lifetime configured[] = {
	{ .path = "pki/issue/+" }, { .path = "pki/issue/web" },
	{ .path = "pki/*" }, { .path = "+/issue/web2" },
	{ .path = "ns1/db/+/app" }, { .path = "kv/app*" },
	{ .path = "kv/+/app" }, { .path = "kv/x/+/" }
};

static void
the_longest_pattern_that_fits_the_path_is_taken(void **state)
{
	static const struct { const char *path, *pattern; } cases[] = {
		{ "pki/issue/web", "pki/issue/web" },
		{ "pki/issue/other", "pki/issue/+" },
		{ "pki/issue/web2", "+/issue/web2" },
		{ "pki/issue/a/b", "pki/*" }, { "pki/x", "pki/*" },
		{ "pki/issue", "pki/*" }, { "ns1/db/creds/app", "ns1/db/+/app" },
		{ "kv/application/x", "kv/app*" }, { "kv/app", "kv/app*" },
		{ "kv/y/app", "kv/+/app" }, { "kv/x/y/", "kv/x/+/" },
		{ "kv/app/app", "kv/+/app" }, { "pki", NULL }, { "pki/", NULL },
		{ "ns1/pki/issue/web", NULL }, { "db/creds/app", NULL },
		{ "ns1/db/app", NULL }, { "kv/a", NULL }, { "", NULL }
	};
	struct cache_lifetimes lifetimes = { configured,
	    sizeof(configured) / sizeof(configured[0]) };
	const struct cache_lifetime *found;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		found = cache_lifetime_find(&lifetimes,
		    span_of(cases[i].path));
		if (cases[i].pattern == NULL)
			assert_null(found);
		else if (found == NULL)
			fail_msg("nothing fits %s", cases[i].path);
		else
			assert_string_equal(found->path, cases[i].pattern);
	}
}

static void
without_lifetimes_nothing_fits(void **state)
{
	struct cache_lifetimes none = { NULL, 0 };

	assert_null(cache_lifetime_find(&none, SPAN_LITERAL("pki/x")));
}

static void
patterns_and_members_that_make_no_sense_are_named(void **state)
{
	static const char *const good[] = {
		"pki/issue/+", "*", "+", "ns/kv/app*", "kv/", "v1", "a%20b"
	};
	static const char *const bad[] = {
		"", "/pki", "v1/pki", "a/*/b", "a**", "a/b+", "a/++/b", "a//b",
		"a b", "a\"b", "a\\b", "a?b", "a#b", "a${b}", "a\nb"
	};
	static const char *const bad_members[] = {
		"", ".", ".a", "a.", "a..b", "a b", "a.b.c.d.e.f.g.h.i"
	};
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_null(cache_lifetime_path_fault(span_of(good[i])));
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_non_null(cache_lifetime_path_fault(span_of(bad[i])));
	assert_null(cache_lifetime_member_fault(SPAN_LITERAL("data.ttl")));
	assert_null(cache_lifetime_member_fault(
	    SPAN_LITERAL("a.b.c.d.e.f.g.h")));
	for (i = 0; i < sizeof(bad_members) / sizeof(bad_members[0]); i++)
		assert_non_null(cache_lifetime_member_fault(
		    span_of(bad_members[i])));
}

struct reading_case {
	struct cache_lifetime lifetime;
	const char *body;
	enum cache_lifetime_verdict verdict;
	mono_ms expires;	/* TOLD */
	const char *shown;	/* what counts down; NULL: nothing */
};

#define KIND(name) { .kind = CACHE_LIFETIME_ ## name }
#define MEMBER(path, as) { .member = path, .unit = CACHE_LIFETIME_ ## as }
#define DATA(text) "{\"lease_id\":\"\",\"lease_duration\":0,\"data\":{" text "}}"
#define LEASED(seconds, text) "{\"lease_id\":\"a/1\",\"lease_duration\":" \
	seconds ",\"data\":{" text "}}"
#define UNTOLD CACHE_LIFETIME_UNTOLD, 0, NULL
#define OVER CACHE_LIFETIME_OVER, 0, NULL
#define TOLD CACHE_LIFETIME_TOLD

static const struct reading_case readings[] = {
	/* Seconds count from the moment of asking. */
	{ KIND(TTL), DATA("\"ttl\":60"), TOLD, ASKED + 60000, "60" },
	{ KIND(TTL), DATA("\"ttl\":\"60\""), TOLD, ASKED + 60000, NULL },
	{ KIND(TTL), DATA("\"ttl\":\"1h30m\""), TOLD, ASKED + 5400000, NULL },
	{ KIND(TTL), DATA("\"ttl\":99999999999"), UNTOLD },
	{ KIND(TTL), DATA("\"ttl\":9000000000"), TOLD, ASKED + CENTURY_MS,
	    "9000000000" },
	{ KIND(TTL), DATA("\"ttl\":0"), OVER },
	{ KIND(TTL), DATA("\"ttl\":-1"), UNTOLD },
	{ KIND(TTL), DATA("\"ttl\":1.5"), UNTOLD },
	{ KIND(TTL), DATA("\"ttl\":6e3"), UNTOLD },
	{ KIND(TTL), DATA("\"ttl\":\"soon\""), UNTOLD },
	{ KIND(TTL), DATA("\"ttl\":null"), UNTOLD },
	{ KIND(TTL), DATA("\"ttl\":5,\"ttl\":6"), UNTOLD },
	{ KIND(TTL), DATA("\"max\":5"), UNTOLD },
	/* The sooner of both ends. */
	{ KIND(TTL), LEASED("30", "\"ttl\":60"), TOLD, ASKED + 30000, "60" },
	{ KIND(TTL), LEASED("90", "\"ttl\":60"), TOLD, ASKED + 60000, "60" },
	{ KIND(TTL), LEASED("90", "\"a\":60"), UNTOLD },
	/* The server rounds what is left up to the rotation. */
	{ KIND(STATIC_ROLE), DATA("\"rotation_period\":60,\"ttl\":42"), TOLD,
	    ASKED + 41000, "42" },
	{ KIND(STATIC_ROLE), DATA("\"ttl\":2"), TOLD, ASKED + 1000, "2" },
	{ KIND(STATIC_ROLE), DATA("\"ttl\":1"), OVER },
	{ KIND(STATIC_ROLE), DATA("\"ttl\":0"), OVER },
	{ KIND(STATIC_ROLE), DATA("\"password\":\"p\""), UNTOLD },
	{ KIND(CERTIFICATE), DATA("\"expiration\":1700000100"), TOLD,
	    NOW + 100000, NULL },
	{ KIND(CERTIFICATE), DATA("\"expiration\":1700000000"), OVER },
	{ KIND(CERTIFICATE), DATA("\"expiration\":1"), OVER },
	{ KIND(CERTIFICATE), DATA("\"expiration\":253402300799"), TOLD,
	    NOW + CENTURY_MS, NULL },
	{ KIND(CERTIFICATE), DATA("\"expiration\":\"x\""), UNTOLD },
	{ KIND(CERTIFICATE), DATA("\"certificate\":\"" CERTIFICATE "\""), TOLD,
	    NOW + CERTIFICATE_END_MS - WALL, NULL },
	{ KIND(CERTIFICATE), DATA("\"certificate\":\"MIIB\""), UNTOLD },
	{ KIND(CERTIFICATE), DATA("\"serial\":\"1\""), UNTOLD },
	{ KIND(CERTIFICATE), LEASED("50", "\"expiration\":1700000100"), TOLD,
	    ASKED + 50000, NULL },
	{ KIND(SECURITY_TOKEN), DATA("\"security_token\":\"s\",\"ttl\":60"),
	    TOLD, ASKED + 60000, "60" },
	{ KIND(SECURITY_TOKEN), LEASED("60", "\"security_token\":\"s\""),
	    TOLD, ASKED + 60000, NULL },
	{ KIND(SECURITY_TOKEN), DATA("\"security_token\":\"s\""), UNTOLD },
	{ KIND(SECURITY_TOKEN), DATA("\"security_token\":\"\",\"ttl\":60"),
	    UNTOLD },
	{ KIND(SECURITY_TOKEN), DATA("\"ttl\":60"), UNTOLD },
	{ MEMBER("data.life", SECONDS), DATA("\"life\":60"), TOLD,
	    ASKED + 60000, "60" },
	{ MEMBER("data.a.b", UNIX), DATA("\"a\":{\"b\":1700000001}"), TOLD,
	    NOW + 1000, NULL },
	{ MEMBER("data.ends", TIME), DATA("\"ends\":\"2023-11-14T22:13:30Z\""),
	    TOLD, NOW + 10000, NULL },
	{ MEMBER("data.ends", TIME), DATA("\"ends\":1700000001"), UNTOLD },
	{ MEMBER("data.ends", UNIX), DATA("\"ends\":17e8"), UNTOLD }
};

static void
check_reading(const struct reading_case *it)
{
	struct cache_lifetime_reading reading;
	struct cache_lifetime_answer answer = {
		.body = span_of(it->body), .asked = ASKED, .now = NOW,
		.wall = WALL
	};
	struct vault_envelope envelope;
	enum cache_lifetime_verdict verdict;

	assert_int_equal(vault_envelope_parse(answer.body, &envelope), LH_OK);
	answer.envelope = &envelope;
	verdict = cache_lifetime_read(&it->lifetime, &answer, &reading);
	vault_envelope_release(&envelope);
	if (verdict != it->verdict)
		fail_msg("verdict %d of %s", verdict, it->body);
	if (verdict != CACHE_LIFETIME_TOLD)
		return;
	if (reading.expires != it->expires)
		fail_msg("expires %lld from now, %s",
		    (long long)(reading.expires - NOW), it->body);
	assert_true(span_equal((struct span){
	    it->body + reading.place.offset, reading.place.width },
	    span_of(it->shown)));
}

static void
each_kind_tells_its_life_in_its_way(void **state)
{
	size_t i;

	for (i = 0; i < sizeof(readings) / sizeof(readings[0]); i++)
		check_reading(&readings[i]);
}

static void
only_a_static_role_is_fetched_in_turn(void **state)
{
	const struct cache_lifetime role = KIND(STATIC_ROLE);
	const struct cache_lifetime other = KIND(TTL);

	assert_true(cache_lifetime_is_in_turn(&role));
	assert_false(cache_lifetime_is_in_turn(&other));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    the_longest_pattern_that_fits_the_path_is_taken),
		cmocka_unit_test(without_lifetimes_nothing_fits),
		cmocka_unit_test(
		    patterns_and_members_that_make_no_sense_are_named),
		cmocka_unit_test(each_kind_tells_its_life_in_its_way),
		cmocka_unit_test(only_a_static_role_is_fetched_in_turn)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
