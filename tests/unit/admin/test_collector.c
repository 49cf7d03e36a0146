/*
 * test_collector - who collects metrics is found by his name, sooner or later.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "../../../src/admin/admin_collector.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <netdb.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/xalloc.h"

#define PERIOD 10000

struct bench {
	int sockets[2];			/* of who collects */
	char ports[2][8];
	struct admin_collector *collector;
	unsigned complaints;
};

/* Stands for the C library's thread. */
static struct {
	struct gaicb *open;
	unsigned asked;
	unsigned cancelled;
	int code;
} resolver;

int
getaddrinfo_a(int mode, struct gaicb *list[], int count,
    struct sigevent *sevp)
{
	assert_int_equal(mode, GAI_NOWAIT);
	assert_int_equal(count, 1);
	assert_null(sevp);
	assert_null(resolver.open);
	resolver.open = list[0];
	resolver.asked++;
	resolver.code = EAI_INPROGRESS;
	return 0;
}

int
gai_error(struct gaicb *lookup)
{
	return resolver.code;
}

int
gai_cancel(struct gaicb *lookup)
{
	assert_ptr_equal(lookup, resolver.open);
	resolver.open = NULL;
	resolver.cancelled++;
	return EAI_CANCELED;
}

static void
answer(int code, const char *port)
{
	struct gaicb *lookup = resolver.open;

	assert_non_null(lookup);
	resolver.open = NULL;
	resolver.code = code;
	if (code == 0)
		assert_int_equal(getaddrinfo("127.0.0.1", port,
		    lookup->ar_request, &lookup->ar_result), 0);
}

bool
log_is_on(const struct log *log, enum log_level level)
{
	return true;
}

void
log_write(struct log *log, enum log_level level, const char *event,
    const struct log_field *fields)
{
	struct bench *bench = (struct bench *)log;

	assert_string_equal(event, "telemetry.no_collector");
	bench->complaints++;
}

static int
setup(void **state)
{
	struct bench *bench = xcalloc(1, sizeof(*bench));

	memset(&resolver, 0, sizeof(resolver));
	for (size_t i = 0; i < 2; i++) {
		struct sockaddr_in address = { .sin_family = AF_INET,
			.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
		socklen_t len = sizeof(address);
		int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);

		assert_int_equal(bind(fd, (struct sockaddr *)&address, len),
		    0);
		assert_int_equal(getsockname(fd, (struct sockaddr *)&address,
		    &len), 0);
		snprintf(bench->ports[i], sizeof(bench->ports[i]), "%u",
		    ntohs(address.sin_port));
		bench->sockets[i] = fd;
	}
	*state = bench;
	return 0;
}

static int
teardown(void **state)
{
	struct bench *bench = *state;

	admin_collector_free(bench->collector);
	assert_null(resolver.open);
	close(bench->sockets[0]);
	close(bench->sockets[1]);
	free(bench);
	return 0;
}

static void
open_collector(struct bench *bench, const char *host)
{
	char address[64];
	struct lh_cause cause;

	snprintf(address, sizeof(address), "%s:%s", host, bench->ports[0]);
	assert_int_equal(admin_collector_new(address, (struct log *)bench,
	    &bench->collector, &cause), LH_OK);
	admin_collector_tend(bench->collector, 0);
}

/* Does what is sent now come to that one? */
static bool
arrives(struct bench *bench, size_t which)
{
	char room[16];

	admin_collector_send(bench->collector, SPAN_LITERAL("a:1|c"));
	return recv(bench->sockets[which], room, sizeof(room), 0) == 5;
}

static void
a_number_is_found_at_once(void **state)
{
	struct bench *bench = *state;

	open_collector(bench, "127.0.0.1");
	assert_true(arrives(bench, 0));
	assert_int_equal(resolver.asked, 0);
}

static void
nobody_waits_for_a_name(void **state)
{
	struct bench *bench = *state;

	open_collector(bench, "collector.test");
	assert_string_equal(resolver.open->ar_name, "collector.test");
	assert_string_equal(resolver.open->ar_service, bench->ports[0]);
	assert_false(arrives(bench, 0));
	admin_collector_tend(bench->collector, PERIOD);
	assert_int_equal(resolver.asked, 1);
	answer(0, bench->ports[0]);
	admin_collector_tend(bench->collector, 2 * PERIOD);
	assert_true(arrives(bench, 0));
	assert_int_equal(bench->complaints, 0);
}

static void
a_name_that_is_not_known_is_asked_for_again(void **state)
{
	struct bench *bench = *state;

	open_collector(bench, "collector.test");
	for (unsigned i = 1; i <= 3; i++) {
		answer(EAI_AGAIN, NULL);
		admin_collector_tend(bench->collector, i * PERIOD);
		admin_collector_tend(bench->collector, i * PERIOD + 1);
		assert_int_equal(resolver.asked, i + 1);
		assert_int_equal(bench->complaints, 1);
	}
	answer(0, bench->ports[0]);
	admin_collector_tend(bench->collector, 4 * PERIOD);
	assert_true(arrives(bench, 0));
}

static void
a_name_may_lead_elsewhere_later(void **state)
{
	struct bench *bench = *state;
	mono_ms later = ADMIN_COLLECTOR_LOOKUP_MS;

	open_collector(bench, "collector.test");
	answer(0, bench->ports[0]);
	admin_collector_tend(bench->collector, 0);
	admin_collector_tend(bench->collector, later - 1);
	assert_int_equal(resolver.asked, 1);
	admin_collector_tend(bench->collector, later);
	assert_int_equal(resolver.asked, 2);
	assert_true(arrives(bench, 0));
	answer(0, bench->ports[1]);
	admin_collector_tend(bench->collector, later + PERIOD);
	assert_true(arrives(bench, 1));
	assert_false(arrives(bench, 0));
}

static void
a_collector_stays_where_it_was_while_its_name_is_not_known(void **state)
{
	struct bench *bench = *state;

	open_collector(bench, "collector.test");
	answer(0, bench->ports[0]);
	admin_collector_tend(bench->collector, 0);
	admin_collector_tend(bench->collector, ADMIN_COLLECTOR_LOOKUP_MS);
	answer(EAI_FAIL, NULL);
	admin_collector_tend(bench->collector,
	    ADMIN_COLLECTOR_LOOKUP_MS + PERIOD);
	assert_int_equal(bench->complaints, 1);
	assert_true(arrives(bench, 0));
}

static void
an_end_calls_the_look_up_back(void **state)
{
	struct bench *bench = *state;

	open_collector(bench, "collector.test");
	admin_collector_free(bench->collector);
	bench->collector = NULL;
	assert_int_equal(resolver.cancelled, 1);
}

static void
what_is_no_address_is_refused(void **state)
{
	static const char *const addresses[] = { "", "host", ":8125", "host:" };
	struct bench *bench = *state;

	for (size_t i = 0; i < sizeof(addresses) / sizeof(*addresses); i++) {
		struct lh_cause cause;

		assert_int_equal(admin_collector_new(addresses[i],
		    (struct log *)bench, &bench->collector, &cause),
		    LH_ERR_CONFIG);
		assert_non_null(strstr(cause.text, "is not host:port"));
		assert_null(bench->collector);
	}
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_number_is_found_at_once),
		TEST(nobody_waits_for_a_name),
		TEST(a_name_that_is_not_known_is_asked_for_again),
		TEST(a_name_may_lead_elsewhere_later),
		TEST(a_collector_stays_where_it_was_while_its_name_is_not_known
		    ),
		TEST(an_end_calls_the_look_up_back),
		TEST(what_is_no_address_is_refused)
	};
#undef TEST

	return cmocka_run_group_tests(tests, NULL, NULL);
}
