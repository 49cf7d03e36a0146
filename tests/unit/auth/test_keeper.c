/*
 * Unit tests of src/auth/auth_keeper.c and the files it is made of, with the
 * real scheduler, a loop whose time the test moves, and a fake Vault.
 *
 * advance() lets time pass from event to event; after each it is checked that
 * no token is offered which Vault does not know any more.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "../../../src/auth/auth_machine.h"
#include "auth/auth_keeper.h"
#include "base/secret_alloc.h"
#include "base/xalloc.h"
#include "fake_elsewhere.h"
#include "fake_loop.h"
#include "fake_vault.h"

#define SECOND 1000
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define CROWD 50
#define BORN 1000000

struct heard {
	unsigned calls;
	uint64_t generation;	/* 0: was told that none comes */
};

struct fixture {
	char dir[64];
	char *file;		/* of the password or the token */
	char *log_file;
	struct timesource *clock;	/* of the log */
	struct log *log;
	struct loop *loop;
	struct metrics *metrics;
	struct scheduler *scheduler;
	mono_ms wake_at;	/* negative: never */
	struct vault_api vault;
	struct auth_keeper_options options;
	struct auth_keeper *keeper;
	unsigned tokens;
	unsigned losses;
	unsigned fatals;
	unsigned begun;		/* logins, as the listener was told */
	bool no_certificate;
	unsigned wrapped;
	unsigned revoked;	/* ends of revocations */
	uint64_t last_generation;
	struct secret *earlier;		/* a token of an earlier run, or NULL */
	mono_ms earlier_expires;
};

#define EARLIER_GENERATION 7

static mono_ms
now_of(const struct fixture *fixture)
{
	return loop_mono(fixture->loop);
}

static void
on_wake(void *arg, mono_ms at)
{
	struct fixture *fixture = arg;

	fixture->wake_at = at;
}

static enum lh_err
on_login(void *arg, struct lh_cause *cause)
{
	struct fixture *fixture = arg;

	fixture->begun++;
	if (!fixture->no_certificate)
		return LH_OK;
	lh_cause_set(cause, "there is no certificate");
	return LH_ERR_NOT_FOUND;
}

static void
on_token(void *arg, const struct auth_token *token)
{
	struct fixture *fixture = arg;

	assert_int_equal(auth_token_generation(token),
	    fixture->last_generation + 1);
	fixture->last_generation = auth_token_generation(token);
	fixture->tokens++;
}

static void
on_wrapped(void *arg, const struct vault_wrap_facts *wrap)
{
	struct fixture *fixture = arg;

	assert_true(secret_lend(wrap->token).len > 0);
	fixture->wrapped++;
}

static void
on_lost(void *arg, uint64_t generation)
{
	struct fixture *fixture = arg;

	assert_int_equal(generation, fixture->last_generation);
	fixture->losses++;
}

static void
on_fatal(void *arg, const char *why)
{
	struct fixture *fixture = arg;

	assert_true(*why != '\0');
	fixture->fatals++;
}

static void
write_file(const struct fixture *fixture, const char *text)
{
	FILE *file = fopen(fixture->file, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static int
setup(void **state)
{
	struct fixture *fixture = xcalloc(1, sizeof(*fixture));

	strncpy(fixture->dir, "/tmp/test_keeper.XXXXXX",
	    sizeof(fixture->dir) - 1);
	assert_non_null(mkdtemp(fixture->dir));
	fixture->file = xasprintf("%s/credential", fixture->dir);
	fixture->log_file = xasprintf("%s/log", fixture->dir);
	write_file(fixture, "word");
	fixture->clock = timesource_new_manual(0, 0);
	assert_int_equal(log_new(&(struct log_options){
	    .level = LOG_LEVEL_INFO, .file = fixture->log_file },
	    fixture->clock, &fixture->log, NULL), LH_OK);
	fixture->loop = fake_loop_new(BORN);
	fixture->metrics = metrics_new();
	fixture->wake_at = -1;
	fixture->scheduler = scheduler_new(&(struct scheduler_options){ 0 },
	    on_wake, fixture);
	fake_vault_init(&fixture->vault, fixture->loop);
	auth_keeper_options_init(&fixture->options);
	*state = fixture;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *fixture = *state;

	auth_keeper_free(fixture->keeper);
	assert_null(fixture->vault.pending);
	assert_int_equal(scheduler_waiting(fixture->scheduler), 0);
	assert_int_equal(scheduler_running(fixture->scheduler), 0);
	scheduler_free(fixture->scheduler);
	metrics_free(fixture->metrics);
	fake_loop_free(fixture->loop);
	log_free(fixture->log);
	timesource_free(fixture->clock);
	unlink(fixture->file);
	unlink(fixture->log_file);
	assert_int_equal(rmdir(fixture->dir), 0);
	free(fixture->file);
	free(fixture->log_file);
	free(fixture);
	return 0;
}

static void
make_keeper(struct fixture *fixture, const struct auth_method_options *method)
{
	struct auth_keeper_env env = {
		.loop = fixture->loop,
		.log = fixture->log,
		.metrics = fixture->metrics,
		.scheduler = fixture->scheduler,
		.api = &fixture->vault,
		.login_api = &fixture->vault,
	};
	struct auth_method *made;
	struct lh_cause cause;

	assert_int_equal(auth_method_new(method, &made, &cause), LH_OK);
	fixture->keeper = auth_keeper_new(&fixture->options, &env, &made);
	assert_null(made);
	auth_keeper_subscribe(fixture->keeper, &(struct auth_listener){
	    on_login, on_token, on_wrapped, NULL, on_lost, on_fatal, fixture });
	assert_int_equal(auth_keeper_state(fixture->keeper), AUTH_NONE);
	if (fixture->earlier != NULL)
		auth_keeper_restore(fixture->keeper, &(struct auth_earlier){
		    .secret = fixture->earlier, .accessor = "accessor",
		    .namespace = "", .generation = EARLIER_GENERATION,
		    .expires = fixture->earlier_expires, .grant = MINUTE,
		    .renewable = true });
	secret_unref(&fixture->earlier);
	auth_keeper_start(fixture->keeper);
}

static void
start(struct fixture *fixture)
{
	const struct auth_setting settings[] = {
		{ "username", "app" },
		{ "password_file_path", fixture->file },
		{ "remove_password_after_reading", "false" },
	};

	make_keeper(fixture, &(struct auth_method_options){ "userpass",
	    "auth/userpass", settings, 3 });
}

static void
start_with_earlier(struct fixture *fixture, mono_ms expires)
{
	fixture->earlier = secret_new(SPAN_LITERAL("earlier"));
	assert_non_null(fixture->earlier);
	fixture->earlier_expires = expires;
	fixture->vault.dies = expires;
	fixture->last_generation = EARLIER_GENERATION - 1;
	start(fixture);
}

static void
start_with_token_file(struct fixture *fixture)
{
	const struct auth_setting settings[] = {
		{ "token_file_path", fixture->file },
	};

	make_keeper(fixture, &(struct auth_method_options){ "token_file",
	    "auth/token", settings, 1 });
}

/* It asks elsewhere twice before its login. */
static void
start_with_azure(struct fixture *fixture)
{
	const struct auth_setting settings[] = {
		{ "role", "web" },
		{ "resource", "https://vault.example" },
	};

	make_keeper(fixture, &(struct auth_method_options){ "azure",
	    "auth/azure", settings, 2 });
}

static bool
has_token(const struct fixture *fixture)
{
	return auth_keeper_token(fixture->keeper) != NULL;
}

static void
settle(struct fixture *fixture)
{
	do {
		fake_loop_turn(fixture->loop);
		if (fixture->wake_at >= 0 &&
		    fixture->wake_at <= now_of(fixture))
			scheduler_run(fixture->scheduler, now_of(fixture));
	} while (fake_vault_turn(&fixture->vault) || (fixture->wake_at >= 0 &&
	    fixture->wake_at <= now_of(fixture)));
	fake_loop_turn(fixture->loop);
}

static void
advance(struct fixture *fixture, span_ms by)
{
	mono_ms until = now_of(fixture) + by;

	for (;;) {
		mono_ms next;

		settle(fixture);
		next = fake_loop_soonest(fixture->loop);
		if (fixture->wake_at >= 0 && fixture->wake_at < next)
			next = fixture->wake_at;
		if (next > until)
			break;
		fake_loop_set_time(fixture->loop, next);
	}
	fake_loop_set_time(fixture->loop, until);
	settle(fixture);
}

/* Time passes in small steps; a token must be there at each of them. */
static void
advance_with_token(struct fixture *fixture, span_ms by)
{
	for (span_ms done = 0; done < by; done += 100) {
		advance(fixture, 100);
		assert_true(has_token(fixture));
		assert_true(now_of(fixture) < fixture->vault.dies);
	}
}

static void
on_heard(void *arg, struct auth_token *token)
{
	struct heard *heard = arg;

	heard->calls++;
	heard->generation = token == NULL ? 0 : auth_token_generation(token);
}

static struct auth_waiter *
wait_for(struct fixture *fixture, uint64_t generation, struct heard *heard)
{
	struct auth_waiter *waiter;

	assert_int_equal(auth_keeper_wait(fixture->keeper, generation,
	    on_heard, heard, &waiter), LH_OK);
	assert_int_equal(heard->calls, 0);
	return waiter;
}

static void
kill_token(struct fixture *fixture)
{
	fixture->vault.lookup = (struct fake_manner){
	    VAULT_VERDICT_DENIED, 403, "permission denied", -1 };
}

static void
be_down(struct fake_manner *manner)
{
	*manner = (struct fake_manner){ VAULT_VERDICT_DOWN, 0,
	    "connection refused", -1 };
}

static void
be_fine(struct fake_manner *manner)
{
	*manner = (struct fake_manner){ VAULT_VERDICT_OK, 200, "", -1 };
}

static void
assert_state(const struct fixture *fixture, enum auth_state state)
{
	assert_string_equal(auth_state_name(
	    auth_keeper_state(fixture->keeper)), auth_state_name(state));
}

static unsigned
count_in_log(const struct fixture *fixture, const char *text)
{
	char line[4096];
	unsigned count = 0;
	FILE *file;

	log_flush(fixture->log);
	file = fopen(fixture->log_file, "r");
	assert_non_null(file);
	while (fgets(line, sizeof(line), file) != NULL)
		count += strstr(line, text) != NULL;
	fclose(file);
	return count;
}

static void
a_login_gives_the_first_generation(void **state)
{
	struct fixture *fixture = *state;
	struct auth_token *token;

	start(fixture);
	assert_state(fixture, AUTH_LOGGING_IN);
	assert_false(has_token(fixture));
	advance(fixture, 0);
	assert_state(fixture, AUTH_VALID);
	token = auth_keeper_token(fixture->keeper);
	assert_int_equal(auth_token_generation(token), 1);
	assert_true(span_equal(secret_lend(auth_token_secret(token)),
	    SPAN_LITERAL("token-1")));
	assert_int_equal(auth_token_expires(token), BORN + MINUTE);
	assert_int_equal(fixture->begun, 1);
	assert_int_equal(metrics_get(fixture->metrics,
	    METRIC_AUTHENTICATED), 1);
	assert_int_equal(count_in_log(fixture, "token-1"), 0);
	assert_int_equal(count_in_log(fixture, "auth.obtained"), 1);
}

static void
the_status_tells_the_life_without_the_token(void **state)
{
	struct fixture *fixture = *state;
	struct auth_status status;

	start(fixture);
	advance(fixture, 10 * SECOND);
	auth_keeper_status(fixture->keeper, &status);
	assert_int_equal(status.state, AUTH_VALID);
	assert_string_equal(status.method, "userpass");
	assert_string_equal(status.accessor_print, "accessor");
	assert_int_equal(status.generation, 1);
	assert_int_equal(status.expires_in_s, 50);
	assert_int_equal(status.logins, 1);
	assert_int_equal(status.failures, 0);
	assert_string_equal(status.last_error, "");
	assert_in_range(status.next_step_in, 26 * SECOND, 30 * SECOND);
	assert_true(status.renewable);
}

static void
a_renewal_comes_at_two_thirds_and_not_at_once(void **state)
{
	struct fixture *fixture = *state;
	struct auth_status status;

	start(fixture);
	advance(fixture, 35 * SECOND);
	assert_int_equal(fixture->vault.renewals, 0);
	advance(fixture, 5 * SECOND);
	assert_int_equal(fixture->vault.renewals, 1);
	assert_in_range(fixture->vault.last_asked - BORN, 36 * SECOND,
	    40 * SECOND);
	assert_int_equal(fixture->last_generation, 1);
	assert_int_equal(auth_token_expires(auth_keeper_token(
	    fixture->keeper)), fixture->vault.last_asked + MINUTE);
	auth_keeper_status(fixture->keeper, &status);
	assert_int_equal(status.renewals, 1);
	assert_int_equal(status.logins, 1);
	assert_int_equal(metrics_get(fixture->metrics,
	    METRIC_LOGIN_SUCCESS), 1);
	assert_int_equal(metrics_get(fixture->metrics,
	    METRIC_RENEWAL_SUCCESS), 1);
}

static void
renewals_up_to_the_max_ttl_end_in_a_login_ahead(void **state)
{
	struct fixture *fixture = *state;

	fixture->vault.max_ttl_s = 165;
	start(fixture);
	advance(fixture, 0);
	while (fixture->vault.logins == 1)
		advance_with_token(fixture, 100);
	assert_in_range(fixture->vault.renewals, 3, 4);
	assert_in_range(fixture->vault.last_asked - BORN, 120 * SECOND,
	    163 * SECOND);
	assert_int_equal(fixture->losses, 0);
	assert_int_equal(fixture->last_generation, 2);
}

static void
sixteen_generations_follow_each_other_without_a_gap(void **state)
{
	struct fixture *fixture = *state;

	fixture->vault.max_ttl_s = 90;
	start(fixture);
	advance(fixture, 0);
	while (fixture->last_generation < 16)
		advance_with_token(fixture, 100);
	assert_int_equal(fixture->vault.logins, 16);
	assert_int_equal(fixture->losses, 0);
	assert_true(now_of(fixture) - BORN > 15 * 55 * SECOND);
}

static void
a_periodic_token_is_renewed_for_ever(void **state)
{
	struct fixture *fixture = *state;

	start(fixture);
	advance(fixture, 0);
	advance_with_token(fixture, 20 * MINUTE);
	assert_int_equal(fixture->vault.logins, 1);
	assert_in_range(fixture->vault.renewals, 29, 34);
}

static void
a_token_that_cannot_be_renewed_is_replaced_at_two_thirds(void **state)
{
	struct fixture *fixture = *state;

	fixture->vault.renewable = false;
	start(fixture);
	advance(fixture, 35 * SECOND);
	assert_int_equal(fixture->vault.logins, 1);
	advance_with_token(fixture, 5 * SECOND);
	assert_int_equal(fixture->vault.logins, 2);
	assert_int_equal(fixture->vault.renewals, 0);
	assert_int_equal(fixture->last_generation, 2);
}

static void
short_lives_do_not_log_in_more_often_than_the_least_backoff(void **state)
{
	struct fixture *fixture = *state;

	fixture->vault.ttl_s = 1;
	fixture->vault.renewable = false;
	start(fixture);
	advance(fixture, 30 * SECOND);
	assert_in_range(fixture->vault.logins, 20, 31);
}

static void
a_denied_renewal_leads_to_a_login_ahead_of_the_end(void **state)
{
	struct fixture *fixture = *state;

	fixture->vault.renewal = (struct fake_manner){ VAULT_VERDICT_DENIED,
	    403, "permission denied", -1 };
	start(fixture);
	advance(fixture, 0);
	advance_with_token(fixture, 60 * SECOND);
	assert_int_equal(fixture->vault.renewals, 1);
	assert_int_equal(fixture->vault.logins, 2);
	assert_int_equal(fixture->losses, 0);
}

static void
a_renewal_that_finds_the_token_dead_logs_in_at_once(void **state)
{
	struct fixture *fixture = *state;

	start(fixture);
	advance(fixture, 30 * SECOND);
	fixture->vault.renewal = (struct fake_manner){
	    VAULT_VERDICT_DEAD_TOKEN, 403, "invalid token", -1 };
	advance(fixture, 10 * SECOND);
	assert_int_equal(fixture->losses, 1);
	assert_int_equal(fixture->vault.logins, 2);
	assert_int_equal(fixture->vault.lookups, 0);
	assert_int_equal(fixture->last_generation, 2);
	assert_true(has_token(fixture));
}

static void
renewals_outlast_an_outage_shorter_than_the_life(void **state)
{
	struct fixture *fixture = *state;

	start(fixture);
	be_down(&fixture->vault.renewal);
	advance(fixture, 50 * SECOND);
	assert_state(fixture, AUTH_VALID);
	assert_in_range(fixture->vault.renewals, 2, 10);
	be_fine(&fixture->vault.renewal);
	advance_with_token(fixture, MINUTE);
	assert_int_equal(fixture->vault.logins, 1);
	assert_int_equal(fixture->losses, 0);
}

static void
a_token_is_lost_when_an_outage_outlasts_it(void **state)
{
	struct fixture *fixture = *state;

	start(fixture);
	advance(fixture, 0);
	be_down(&fixture->vault.renewal);
	be_down(&fixture->vault.login);
	advance(fixture, 60 * SECOND - 1);
	assert_true(has_token(fixture));
	advance(fixture, 1);
	assert_false(has_token(fixture));
	assert_int_equal(fixture->losses, 1);
	assert_int_equal(metrics_get(fixture->metrics,
	    METRIC_AUTHENTICATED), 0);
	be_fine(&fixture->vault.login);
	advance(fixture, 10 * SECOND);
	assert_int_equal(fixture->last_generation, 2);
}

static void
an_answer_that_never_comes_does_not_keep_a_dead_token(void **state)
{
	struct fixture *fixture = *state;

	start(fixture);
	advance(fixture, 0);
	fixture->vault.mute = true;
	advance(fixture, 59 * SECOND);
	assert_state(fixture, AUTH_RENEWING);
	assert_true(has_token(fixture));
	advance(fixture, SECOND);
	assert_false(has_token(fixture));
	assert_state(fixture, AUTH_LOGGING_IN);
	fixture->vault.mute = false;
	advance(fixture, 0);
	assert_int_equal(fixture->last_generation, 2);
}

static void
a_failed_replacement_keeps_the_old_token_to_its_end(void **state)
{
	struct fixture *fixture = *state;

	fixture->vault.renewable = false;
	start(fixture);
	advance(fixture, 0);
	be_down(&fixture->vault.login);
	advance_with_token(fixture, 59 * SECOND);
	assert_state(fixture, AUTH_BACKING_OFF);
	assert_true(fixture->vault.logins > 1);
	advance(fixture, SECOND);
	assert_false(has_token(fixture));
	assert_int_equal(fixture->losses, 1);
}

static void
fifty_suspects_of_a_revoked_token_make_one_lookup_and_one_login(void **state)
{
	struct fixture *fixture = *state;
	struct heard heard[CROWD] = { { 0, 0 } };

	start(fixture);
	advance(fixture, 5 * SECOND);
	kill_token(fixture);
	for (size_t i = 0; i < CROWD; i++) {
		assert_true(auth_keeper_suspect(fixture->keeper, 1));
		(void)wait_for(fixture, 1, &heard[i]);
	}
	advance(fixture, 0);
	assert_int_equal(fixture->vault.lookups, 1);
	assert_int_equal(fixture->vault.logins, 2);
	assert_int_equal(fixture->losses, 1);
	for (size_t i = 0; i < CROWD; i++) {
		assert_int_equal(heard[i].calls, 1);
		assert_int_equal(heard[i].generation, 2);
	}
}

static void
a_token_that_keeps_dying_makes_one_login_a_backoff(void **state)
{
	struct fixture *fixture = *state;

	start(fixture);
	advance(fixture, 0);
	kill_token(fixture);
	for (unsigned i = 0; i < 100; i++) {
		(void)auth_keeper_suspect(fixture->keeper,
		    fixture->last_generation);
		advance(fixture, 100);
	}
	assert_in_range(fixture->vault.logins, 5, 11);
	assert_true(fixture->vault.lookups <= 11);
}

static void
a_suspected_token_found_alive_stays(void **state)
{
	struct fixture *fixture = *state;
	struct heard heard = { 0, 99 };

	start(fixture);
	advance(fixture, 5 * SECOND);
	assert_true(auth_keeper_suspect(fixture->keeper, 1));
	(void)wait_for(fixture, 1, &heard);
	advance(fixture, 0);
	assert_int_equal(heard.calls, 1);
	assert_int_equal(heard.generation, 0);
	assert_false(auth_keeper_suspect(fixture->keeper, 1));
	advance(fixture, 999);
	assert_false(auth_keeper_suspect(fixture->keeper, 1));
	assert_int_equal(fixture->vault.lookups, 1);
	advance(fixture, 1);
	assert_true(auth_keeper_suspect(fixture->keeper, 1));
	advance(fixture, 40 * SECOND);
	assert_int_equal(fixture->vault.lookups, 2);
	assert_int_equal(fixture->vault.logins, 1);
	assert_int_equal(fixture->vault.renewals, 1);
}

static void
a_lookup_without_an_answer_leaves_the_token_in_use(void **state)
{
	struct fixture *fixture = *state;
	struct heard heard = { 0, 99 };

	start(fixture);
	advance(fixture, 5 * SECOND);
	be_down(&fixture->vault.lookup);
	assert_true(auth_keeper_suspect(fixture->keeper, 1));
	(void)wait_for(fixture, 1, &heard);
	advance(fixture, 0);
	assert_int_equal(heard.calls, 1);
	assert_int_equal(heard.generation, 0);
	assert_true(has_token(fixture));
	assert_int_equal(fixture->vault.logins, 1);
}

/* A caller renewed it, and asked for less than was left. */
static void
a_life_cut_short_by_others_is_made_whole(void **state)
{
	struct fixture *fixture = *state;

	fixture->vault.counts_down = true;
	start(fixture);
	advance(fixture, 10 * SECOND);
	fixture->vault.dies = now_of(fixture) + 6 * SECOND;
	auth_keeper_doubt(fixture->keeper);
	auth_keeper_doubt(fixture->keeper);
	advance(fixture, 0);
	assert_int_equal(fixture->vault.lookups, 1);
	advance_with_token(fixture, 30 * SECOND);
	assert_int_equal(fixture->vault.renewals, 1);
	assert_int_equal(fixture->vault.logins, 1);
	assert_int_equal(fixture->losses, 0);
}

static void
a_life_cut_short_that_cannot_be_renewed_ends_in_time(void **state)
{
	struct fixture *fixture = *state;

	fixture->vault.counts_down = true;
	start(fixture);
	advance(fixture, 10 * SECOND);
	fixture->vault.dies = now_of(fixture) + 6 * SECOND;
	be_down(&fixture->vault.renewal);
	be_down(&fixture->vault.login);
	auth_keeper_doubt(fixture->keeper);
	advance(fixture, 6 * SECOND);
	assert_false(has_token(fixture));
	assert_int_equal(fixture->losses, 1);
}

/* Who is refused just after a look-up that nobody's refusal led to. */
static void
a_doubt_takes_no_suspicion_away(void **state)
{
	struct fixture *fixture = *state;

	start(fixture);
	advance(fixture, 10 * SECOND);
	auth_keeper_doubt(fixture->keeper);
	advance(fixture, 0);
	assert_int_equal(fixture->vault.lookups, 1);
	kill_token(fixture);
	assert_true(auth_keeper_suspect(fixture->keeper, 1));
	advance(fixture, 0);
	assert_int_equal(fixture->last_generation, 2);
}

static void
doubts_cost_one_lookup_a_second_until_vault_tells(void **state)
{
	struct fixture *fixture = *state;

	start(fixture);
	advance(fixture, 10 * SECOND);
	for (unsigned i = 0; i < 50; i++) {
		auth_keeper_doubt(fixture->keeper);
		advance(fixture, 100);
	}
	assert_in_range(fixture->vault.lookups, 4, 6);
	be_down(&fixture->vault.lookup);
	advance(fixture, 2 * SECOND);
	fixture->vault.lookups = 0;
	auth_keeper_doubt(fixture->keeper);
	advance(fixture, 5 * SECOND);
	assert_true(fixture->vault.lookups > 1);
	kill_token(fixture);
	advance(fixture, 15 * SECOND);
	assert_int_equal(fixture->last_generation, 2);
}

static void
the_token_of_an_earlier_run_costs_a_lookup_and_no_login(void **state)
{
	struct fixture *fixture = *state;

	start_with_earlier(fixture, now_of(fixture) + MINUTE);
	assert_false(has_token(fixture));
	advance(fixture, 0);
	assert_true(has_token(fixture));
	assert_int_equal(fixture->last_generation, EARLIER_GENERATION);
	assert_int_equal(fixture->vault.lookups, 1);
	assert_int_equal(fixture->vault.logins, 0);
	advance(fixture, 5 * MINUTE);
	assert_int_equal(fixture->last_generation, EARLIER_GENERATION);
	assert_int_equal(fixture->vault.lookups, 1);
	assert_true(fixture->vault.renewals > 0);
}

static void
an_earlier_token_that_vault_refuses_is_lost_and_replaced(void **state)
{
	struct fixture *fixture = *state;

	kill_token(fixture);
	start_with_earlier(fixture, now_of(fixture) + MINUTE);
	fixture->last_generation = EARLIER_GENERATION;
	advance(fixture, 0);
	assert_int_equal(fixture->losses, 1);
	assert_true(has_token(fixture));
	assert_int_equal(fixture->last_generation, EARLIER_GENERATION + 1);
	assert_int_equal(fixture->vault.logins, 1);
}

static void
an_earlier_token_is_trusted_until_vault_tells(void **state)
{
	struct fixture *fixture = *state;

	be_down(&fixture->vault.lookup);
	be_down(&fixture->vault.renewal);
	start_with_earlier(fixture, now_of(fixture) + MINUTE);
	advance(fixture, 0);
	assert_true(has_token(fixture));
	assert_int_equal(fixture->last_generation, EARLIER_GENERATION);
	advance(fixture, 30 * SECOND);
	assert_true(fixture->vault.lookups > 2);
	assert_true(has_token(fixture));
	kill_token(fixture);
	advance(fixture, 25 * SECOND);
	assert_int_equal(fixture->losses, 1);
	assert_int_equal(fixture->last_generation, EARLIER_GENERATION + 1);
	assert_int_equal(fixture->vault.logins, 1);
}

static void
a_trusted_token_ends_where_it_would_have(void **state)
{
	struct fixture *fixture = *state;

	be_down(&fixture->vault.lookup);
	be_down(&fixture->vault.renewal);
	be_down(&fixture->vault.login);
	start_with_earlier(fixture, now_of(fixture) + MINUTE);
	advance(fixture, MINUTE - 1);
	assert_true(has_token(fixture));
	advance(fixture, 1);
	assert_false(has_token(fixture));
	assert_true(auth_keeper_ran_out(fixture->keeper));
}

static void
an_earlier_token_that_ran_out_is_remembered_to_have(void **state)
{
	struct fixture *fixture = *state;

	be_down(&fixture->vault.login);
	start_with_earlier(fixture, now_of(fixture));
	fixture->last_generation = EARLIER_GENERATION;
	advance(fixture, 0);
	assert_true(auth_keeper_ran_out(fixture->keeper));
	assert_int_equal(fixture->vault.lookups, 0);
	be_fine(&fixture->vault.login);
	advance(fixture, 5 * SECOND);
	assert_int_equal(fixture->last_generation, EARLIER_GENERATION + 1);
}

static void
a_suspect_of_an_older_generation_gets_the_younger_one(void **state)
{
	struct fixture *fixture = *state;
	struct heard heard = { 0, 0 };

	fixture->vault.renewable = false;
	start(fixture);
	advance(fixture, 50 * SECOND);
	assert_int_equal(fixture->last_generation, 2);
	assert_true(auth_keeper_suspect(fixture->keeper, 1));
	(void)wait_for(fixture, 1, &heard);
	advance(fixture, 0);
	assert_int_equal(heard.generation, 2);
	assert_int_equal(fixture->vault.lookups, 0);
}

static void
a_suspicion_during_a_renewal_is_settled_by_it(void **state)
{
	struct fixture *fixture = *state;
	struct heard heard = { 0, 99 };

	start(fixture);
	advance(fixture, 30 * SECOND);
	fixture->vault.mute = true;
	advance(fixture, 10 * SECOND);
	assert_state(fixture, AUTH_RENEWING);
	assert_true(auth_keeper_suspect(fixture->keeper, 1));
	(void)wait_for(fixture, 1, &heard);
	advance(fixture, SECOND);
	assert_int_equal(heard.calls, 0);
	fixture->vault.mute = false;
	advance(fixture, 0);
	assert_int_equal(heard.calls, 1);
	assert_int_equal(heard.generation, 0);
	assert_int_equal(fixture->vault.lookups, 0);
}

static void
a_suspicion_that_a_failed_login_left_open_is_looked_up(void **state)
{
	struct fixture *fixture = *state;
	struct heard heard = { 0, 99 };

	fixture->vault.renewable = false;
	start(fixture);
	advance(fixture, 30 * SECOND);
	fixture->vault.mute = true;
	advance(fixture, 10 * SECOND);
	assert_state(fixture, AUTH_LOGGING_IN);
	assert_true(auth_keeper_suspect(fixture->keeper, 1));
	(void)wait_for(fixture, 1, &heard);
	be_down(&fixture->vault.login);
	fixture->vault.mute = false;
	advance(fixture, 0);
	assert_int_equal(fixture->vault.lookups, 1);
	assert_int_equal(heard.calls, 1);
	assert_int_equal(heard.generation, 0);
	assert_state(fixture, AUTH_BACKING_OFF);
	be_fine(&fixture->vault.login);
	advance(fixture, 5 * SECOND);
	assert_int_equal(fixture->last_generation, 2);
}

static void
ten_minutes_without_vault_see_few_attempts(void **state)
{
	struct fixture *fixture = *state;
	struct auth_status status;

	be_down(&fixture->vault.login);
	start(fixture);
	advance(fixture, 10 * MINUTE);
	assert_state(fixture, AUTH_BACKING_OFF);
	assert_in_range(fixture->vault.logins, 3, 40);
	auth_keeper_status(fixture->keeper, &status);
	assert_int_equal(status.failures, fixture->vault.logins);
	assert_string_equal(status.last_error, "connection refused");
	assert_int_equal(count_in_log(fixture, "auth.unreachable"), 1);
	be_fine(&fixture->vault.login);
	advance(fixture, 5 * MINUTE);
	assert_true(has_token(fixture));
}

static void
a_wish_for_quiet_holds_the_next_login(void **state)
{
	struct fixture *fixture = *state;

	fixture->vault.login = (struct fake_manner){ VAULT_VERDICT_BUSY, 429,
	    "rate limit", 30 * SECOND };
	start(fixture);
	advance(fixture, 29 * SECOND);
	assert_int_equal(fixture->vault.logins, 1);
	be_fine(&fixture->vault.login);
	advance(fixture, 2 * SECOND);
	assert_int_equal(fixture->vault.logins, 2);
	assert_true(has_token(fixture));
}

static void
a_wish_for_a_day_of_quiet_is_cut_to_an_hour(void **state)
{
	struct fixture *fixture = *state;

	fixture->vault.login = (struct fake_manner){ VAULT_VERDICT_BUSY, 429,
	    "rate limit", 24LL * HOUR };
	start(fixture);
	advance(fixture, HOUR - SECOND);
	assert_int_equal(fixture->vault.logins, 1);
	advance(fixture, 2 * SECOND);
	assert_int_equal(fixture->vault.logins, 2);
}

static void
a_refused_credential_is_logged_once(void **state)
{
	struct fixture *fixture = *state;

	fixture->vault.login = (struct fake_manner){ VAULT_VERDICT_REFUSED,
	    400, "invalid username or password", -1 };
	start(fixture);
	advance(fixture, MINUTE);
	assert_true(fixture->vault.logins > 2);
	assert_int_equal(count_in_log(fixture, "auth.refused"), 1);
	fixture->vault.login.error = "user is locked";
	advance(fixture, 6 * MINUTE);
	assert_int_equal(count_in_log(fixture, "auth.refused"), 2);
	assert_int_equal(count_in_log(fixture, "user is locked"), 1);
}

static void
a_credential_that_is_answered_with_500_is_refused(void **state)
{
	struct fixture *fixture = *state;

	fixture->vault.login = (struct fake_manner){ VAULT_VERDICT_DOWN, 500,
	    "invalid secret id", -1 };
	start(fixture);
	advance(fixture, MINUTE);
	assert_int_equal(count_in_log(fixture, "auth.refused"), 1);
	assert_int_equal(count_in_log(fixture, "auth.unreachable"), 0);
}

static void
a_missing_credential_is_a_failed_login(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(unlink(fixture->file), 0);
	start(fixture);
	advance(fixture, 0);
	assert_state(fixture, AUTH_BACKING_OFF);
	assert_int_equal(fixture->vault.logins, 0);
	assert_int_equal(count_in_log(fixture, fixture->file), 1);
	write_file(fixture, "word");
	advance(fixture, 5 * SECOND);
	assert_true(has_token(fixture));
}

static void
a_use_limited_token_is_not_taken(void **state)
{
	struct fixture *fixture = *state;

	fixture->vault.num_uses = 5;
	start(fixture);
	advance(fixture, SECOND);
	assert_false(has_token(fixture));
	assert_int_equal(count_in_log(fixture, "token_num_uses=0"), 1);
}

static void
a_failed_login_is_fatal_when_asked_for(void **state)
{
	struct fixture *fixture = *state;

	fixture->options.exit_on_err = true;
	be_down(&fixture->vault.login);
	start(fixture);
	advance(fixture, MINUTE);
	assert_int_equal(fixture->fatals, 1);
	assert_int_equal(fixture->vault.logins, 1);
}

static void
a_clock_that_jumps_over_the_end_offers_no_dead_token(void **state)
{
	struct fixture *fixture = *state;
	struct heard heard = { 0, 0 };

	start(fixture);
	advance(fixture, SECOND);
	fake_loop_set_time(fixture->loop, now_of(fixture) + HOUR);
	assert_false(has_token(fixture));
	(void)wait_for(fixture, 0, &heard);
	settle(fixture);
	assert_int_equal(heard.calls, 1);
	assert_int_equal(heard.generation, 2);
	assert_int_equal(fixture->losses, 1);
	assert_int_equal(fixture->vault.logins, 2);
	assert_int_equal(fixture->vault.renewals, 0);
}

static void
a_clock_that_jumps_during_a_renewal_makes_one_login(void **state)
{
	struct fixture *fixture = *state;

	start(fixture);
	advance(fixture, 30 * SECOND);
	fixture->vault.mute = true;
	advance(fixture, 10 * SECOND);
	assert_state(fixture, AUTH_RENEWING);
	fake_loop_set_time(fixture->loop, now_of(fixture) + HOUR);
	assert_false(has_token(fixture));
	fixture->vault.mute = false;
	settle(fixture);
	advance(fixture, SECOND);
	assert_int_equal(fixture->vault.logins, 2);
	assert_true(has_token(fixture));
}

static void
a_stop_with_a_login_under_way_tells_the_waiters(void **state)
{
	struct fixture *fixture = *state;
	struct heard heard = { 0, 99 };

	fixture->vault.mute = true;
	start(fixture);
	advance(fixture, SECOND);
	(void)wait_for(fixture, 0, &heard);
	auth_keeper_stop(fixture->keeper);
	assert_int_equal(heard.calls, 0);
	advance(fixture, HOUR);
	assert_int_equal(heard.calls, 1);
	assert_int_equal(heard.generation, 0);
	assert_int_equal(fixture->vault.logins, 1);
	assert_state(fixture, AUTH_NONE);
	assert_false(auth_keeper_suspect(fixture->keeper, 0));
}

static void
a_stop_leaves_the_token_to_its_end(void **state)
{
	struct fixture *fixture = *state;

	start(fixture);
	advance(fixture, 5 * SECOND);
	auth_keeper_stop(fixture->keeper);
	advance(fixture, 54 * SECOND);
	assert_true(has_token(fixture));
	assert_int_equal(fixture->vault.renewals, 0);
	advance(fixture, MINUTE);
	assert_false(has_token(fixture));
	assert_int_equal(fixture->vault.logins, 1);
	assert_state(fixture, AUTH_NONE);
}

static void
on_revoked(void *arg)
{
	struct fixture *fixture = arg;

	fixture->revoked++;
}

/* Of a token that has a minute, after five seconds. */
static void
begin_revocation(struct fixture *fixture)
{
	start(fixture);
	advance(fixture, 5 * SECOND);
	assert_true(auth_keeper_revoke(fixture->keeper, on_revoked, fixture));
}

static void
a_revocation_ends_the_token_and_all_work(void **state)
{
	struct fixture *fixture = *state;

	begin_revocation(fixture);
	assert_false(auth_keeper_revoke(fixture->keeper, on_revoked, fixture));
	assert_int_equal(fixture->revoked, 0);
	advance(fixture, HOUR);
	assert_int_equal(fixture->revoked, 1);
	assert_int_equal(fixture->vault.revocations, 1);
	assert_false(has_token(fixture));
	assert_int_equal(fixture->losses, 1);
	assert_int_equal(fixture->vault.logins, 1);
	assert_int_equal(fixture->vault.renewals, 0);
}

static void
a_revocation_outlasts_an_outage(void **state)
{
	struct fixture *fixture = *state;

	be_down(&fixture->vault.revocation);
	begin_revocation(fixture);
	advance(fixture, 5500);
	assert_int_equal(fixture->vault.revocations, 6);
	assert_int_equal(fixture->revoked, 0);
	be_fine(&fixture->vault.revocation);
	advance(fixture, SECOND);
	assert_int_equal(fixture->vault.revocations, 7);
	assert_int_equal(fixture->revoked, 1);
}

static void
a_wish_for_quiet_holds_the_next_revocation(void **state)
{
	struct fixture *fixture = *state;

	fixture->vault.revocation = (struct fake_manner){ VAULT_VERDICT_BUSY,
	    429, "rate limit", 10 * SECOND };
	begin_revocation(fixture);
	advance(fixture, 9 * SECOND);
	assert_int_equal(fixture->vault.revocations, 1);
	be_fine(&fixture->vault.revocation);
	advance(fixture, SECOND);
	assert_int_equal(fixture->revoked, 1);
	assert_false(has_token(fixture));
}

static void
a_revocation_ends_with_the_token(void **state)
{
	struct fixture *fixture = *state;

	be_down(&fixture->vault.revocation);
	begin_revocation(fixture);
	advance(fixture, 2 * MINUTE);
	assert_int_equal(fixture->revoked, 1);
	assert_false(has_token(fixture));
}

static void
an_answer_behind_the_end_of_the_token_ends_its_revocation(void **state)
{
	struct fixture *fixture = *state;

	begin_revocation(fixture);
	fixture->vault.mute = true;
	advance(fixture, 2 * MINUTE);
	assert_false(has_token(fixture));
	assert_int_equal(fixture->revoked, 0);
	fixture->vault.mute = false;
	advance(fixture, 0);
	assert_int_equal(fixture->revoked, 1);
	assert_int_equal(fixture->losses, 1);
}

static void
a_refused_revocation_is_not_tried_again(void **state)
{
	struct fixture *fixture = *state;

	fixture->vault.revocation = (struct fake_manner){
		VAULT_VERDICT_DENIED, 403, "permission denied", -1 };
	begin_revocation(fixture);
	advance(fixture, 10 * SECOND);
	assert_int_equal(fixture->revoked, 1);
	assert_int_equal(fixture->vault.revocations, 1);
}

/* It has revoked it; the answer was lost. */
static void
a_token_that_vault_does_not_know_any_more_is_revoked(void **state)
{
	struct fixture *fixture = *state;

	be_down(&fixture->vault.revocation);
	begin_revocation(fixture);
	advance(fixture, 0);
	fixture->vault.revocation = (struct fake_manner){
		VAULT_VERDICT_DEAD_TOKEN, 403, "invalid token", -1 };
	advance(fixture, SECOND);
	assert_int_equal(fixture->revoked, 1);
	assert_false(has_token(fixture));
	assert_int_equal(count_in_log(fixture, "auth.not_revoked"), 0);
}

static void
without_a_token_there_is_nothing_to_revoke(void **state)
{
	struct fixture *fixture = *state;

	be_down(&fixture->vault.login);
	start(fixture);
	advance(fixture, 5 * SECOND);
	assert_false(auth_keeper_revoke(fixture->keeper, on_revoked, NULL));
	advance(fixture, MINUTE);
	assert_int_equal(fixture->vault.revocations, 0);
}

static void
waiters_hear_of_the_first_token(void **state)
{
	struct fixture *fixture = *state;
	struct heard heard[3] = { { 0, 0 } };
	struct auth_waiter *left;

	be_down(&fixture->vault.login);
	start(fixture);
	(void)wait_for(fixture, 0, &heard[0]);
	left = wait_for(fixture, 0, &heard[1]);
	(void)wait_for(fixture, 0, &heard[2]);
	advance(fixture, 10 * SECOND);
	assert_int_equal(heard[0].calls, 0);
	auth_waiter_cancel(left);
	be_fine(&fixture->vault.login);
	advance(fixture, MINUTE);
	assert_int_equal(heard[0].generation, 1);
	assert_int_equal(heard[1].calls, 0);
	assert_int_equal(heard[2].generation, 1);
	assert_int_equal(heard[2].calls, 1);
}

static void
waiters_are_bounded(void **state)
{
	struct fixture *fixture = *state;
	struct heard heard = { 0, 0 };
	struct auth_waiter *waiter;

	fixture->options.max_waiters = 2;
	fixture->vault.mute = true;
	start(fixture);
	(void)wait_for(fixture, 0, &heard);
	waiter = wait_for(fixture, 0, &heard);
	assert_int_equal(auth_keeper_wait(fixture->keeper, 0, on_heard,
	    &heard, &(struct auth_waiter *){ NULL }), LH_ERR_LIMIT);
	auth_waiter_cancel(waiter);
	(void)wait_for(fixture, 0, &heard);
}

struct canceller {
	struct auth_waiter *other;
	unsigned calls;
};

static void
on_heard_cancel_other(void *arg, struct auth_token *token)
{
	struct canceller *canceller = arg;

	canceller->calls++;
	auth_waiter_cancel(canceller->other);
	canceller->other = NULL;
}

static void
a_waiter_may_cancel_the_next_from_its_call(void **state)
{
	struct fixture *fixture = *state;
	struct canceller canceller = { NULL, 0 };
	struct heard cancelled = { 0, 0 };
	struct heard last = { 0, 0 };
	struct auth_waiter *waiter;

	start(fixture);
	assert_int_equal(auth_keeper_wait(fixture->keeper, 0,
	    on_heard_cancel_other, &canceller, &waiter), LH_OK);
	canceller.other = wait_for(fixture, 0, &cancelled);
	(void)wait_for(fixture, 0, &last);
	advance(fixture, 0);
	assert_int_equal(canceller.calls, 1);
	assert_int_equal(cancelled.calls, 0);
	assert_int_equal(last.calls, 1);
}

static void
a_keeper_may_be_freed_with_waiters_and_work_queued(void **state)
{
	struct fixture *fixture = *state;
	struct heard heard = { 0, 0 };

	start(fixture);
	(void)wait_for(fixture, 0, &heard);
	scheduler_run(fixture->scheduler, now_of(fixture));
	assert_non_null(fixture->vault.pending);
	auth_keeper_free(fixture->keeper);
	fixture->keeper = NULL;
	fake_loop_turn(fixture->loop);
	assert_int_equal(heard.calls, 0);
}

static void
a_root_token_from_a_file_needs_no_work(void **state)
{
	struct fixture *fixture = *state;
	struct auth_status status;

	fixture->vault.root = true;
	fixture->vault.renewable = false;
	start_with_token_file(fixture);
	advance(fixture, 24LL * HOUR);
	assert_true(has_token(fixture));
	assert_int_equal(fixture->vault.lookups, 1);
	assert_int_equal(fixture->vault.logins, 0);
	auth_keeper_status(fixture->keeper, &status);
	assert_int_equal(status.expires_in_s, -1);
	assert_int_equal(status.next_step_in, -1);
}

static void
a_file_with_the_ending_token_backs_off_until_another_comes(void **state)
{
	struct fixture *fixture = *state;

	fixture->vault.renewable = false;
	start_with_token_file(fixture);
	advance(fixture, 0);
	assert_int_equal(fixture->last_generation, 1);
	fixture->vault.ttl_s = 15;
	advance(fixture, 45 * SECOND);
	assert_state(fixture, AUTH_BACKING_OFF);
	assert_true(has_token(fixture));
	assert_int_equal(fixture->last_generation, 1);
	kill_token(fixture);
	advance(fixture, 16 * SECOND);
	assert_false(has_token(fixture));
	assert_state(fixture, AUTH_BACKING_OFF);
	be_fine(&fixture->vault.lookup);
	write_file(fixture, "another");
	advance(fixture, 5 * MINUTE);
	assert_int_equal(fixture->last_generation, 2);
}

static void
a_file_token_that_somebody_renewed_goes_on_as_it_is(void **state)
{
	struct fixture *fixture = *state;

	fixture->vault.renewable = false;
	start_with_token_file(fixture);
	advance(fixture, 3 * MINUTE);
	assert_true(has_token(fixture));
	assert_int_equal(fixture->last_generation, 1);
	assert_int_equal(fixture->losses, 0);
	assert_in_range(fixture->vault.lookups, 4, 7);
}

/* A token of a minute, by a Vault that counts its time. */
static void
start_with_counted_token_file(struct fixture *fixture)
{
	fixture->vault.counts_down = true;
	fixture->vault.born = now_of(fixture);
	fixture->vault.dies = now_of(fixture) + MINUTE;
	start_with_token_file(fixture);
	advance(fixture, 0);
	assert_int_equal(fixture->last_generation, 1);
}

static void
a_file_token_with_another_period_goes_on_by_renewals(void **state)
{
	struct fixture *fixture = *state;

	start_with_counted_token_file(fixture);
	fixture->vault.ttl_s = 15;
	for (int i = 0; i < 10; i++) {
		advance(fixture, MINUTE);
		assert_true(has_token(fixture));
	}
	assert_int_equal(fixture->last_generation, 1);
	assert_int_equal(fixture->losses, 0);
	assert_int_equal(count_in_log(fixture, "auth.failed"), 0);
	assert_in_range(fixture->vault.renewals, 40, 80);
	assert_int_equal(fixture->vault.lookups, 2);
}

static void
a_file_token_at_its_max_ttl_is_told_ahead_of_its_end(void **state)
{
	struct fixture *fixture = *state;

	fixture->vault.max_ttl_s = 90;
	start_with_counted_token_file(fixture);
	advance(fixture, 85 * SECOND);
	assert_true(has_token(fixture));
	assert_state(fixture, AUTH_BACKING_OFF);
	assert_int_equal(count_in_log(fixture, "comes to its end"), 1);
	assert_in_range(fixture->vault.renewals, 2, 12);
	fixture->vault.renewal = (struct fake_manner){
	    VAULT_VERDICT_REFUSED, 400, "lease not renewable", -1 };
	advance(fixture, 6 * SECOND);
	assert_false(has_token(fixture));
	assert_int_equal(fixture->losses, 1);
}

static void
a_file_token_that_ends_while_it_is_renewed_is_taken_anew(void **state)
{
	struct fixture *fixture = *state;

	fixture->vault.max_ttl_s = 50;
	start_with_counted_token_file(fixture);
	advance(fixture, 41 * SECOND);
	assert_int_equal(fixture->vault.renewals, 1);
	fixture->vault.mute_renewal = true;
	advance(fixture, 10 * SECOND);
	assert_int_equal(fixture->vault.renewals, 2);
	assert_false(has_token(fixture));
	fixture->vault.max_ttl_s = 0;
	fixture->vault.mute_renewal = false;
	advance(fixture, 10 * SECOND);
	assert_true(has_token(fixture));
	assert_int_equal(fixture->last_generation, 2);
}

static void
new_credentials_are_used_when_asked_for(void **state)
{
	struct fixture *fixture = *state;

	fixture->options.reauth_on_new_credentials = true;
	fixture->options.credentials_period = 5 * SECOND;
	start_with_token_file(fixture);
	advance(fixture, 11 * SECOND);
	assert_int_equal(fixture->last_generation, 1);
	write_file(fixture, "another");
	advance(fixture, 5 * SECOND);
	assert_int_equal(fixture->last_generation, 2);
	assert_true(span_equal(secret_lend(auth_token_secret(
	    auth_keeper_token(fixture->keeper))), SPAN_LITERAL("another")));
	advance(fixture, 15 * SECOND);
	assert_int_equal(fixture->last_generation, 2);
}

static int
start_allocators(void **state)
{
	bool locked;

	json_set_alloc_funcs(secret_malloc, secret_free);
	return secret_start(&locked) == LH_OK ? 0 : -1;
}

static void
another_refused_credential_is_logged_again(void **state)
{
	struct fixture *fixture = *state;

	fixture->vault.login = (struct fake_manner){ VAULT_VERDICT_REFUSED,
	    400, "invalid username or password", -1 };
	start(fixture);
	advance(fixture, MINUTE);
	assert_int_equal(count_in_log(fixture, "auth.refused"), 1);
	write_file(fixture, "another word");
	advance(fixture, 6 * MINUTE);
	assert_int_equal(count_in_log(fixture, "auth.refused"), 2);
}

static void
the_last_login_attempt_allowed_is_fatal(void **state)
{
	struct fixture *fixture = *state;

	fixture->options.max_login_attempts = 3;
	be_down(&fixture->vault.login);
	start(fixture);
	advance(fixture, 10 * MINUTE);
	assert_int_equal(fixture->vault.logins, 3);
	assert_int_equal(fixture->fatals, 1);
}

static void
attempts_are_counted_from_the_last_token_on(void **state)
{
	struct fixture *fixture = *state;

	fixture->options.max_login_attempts = 2;
	fixture->vault.renewable = false;
	start(fixture);
	advance(fixture, 0);
	be_down(&fixture->vault.login);
	while (fixture->vault.logins < 2)
		advance(fixture, 100);
	be_fine(&fixture->vault.login);
	advance(fixture, 5 * SECOND);
	assert_int_equal(fixture->tokens, 2);
	be_down(&fixture->vault.login);
	advance(fixture, 10 * MINUTE);
	assert_int_equal(fixture->vault.logins, 5);
	assert_int_equal(fixture->fatals, 1);
}

static void
a_certificate_that_is_not_there_is_a_failed_login(void **state)
{
	struct fixture *fixture = *state;

	fixture->no_certificate = true;
	start(fixture);
	advance(fixture, 30 * SECOND);
	assert_state(fixture, AUTH_BACKING_OFF);
	assert_int_equal(fixture->vault.logins, 0);
	assert_int_equal(count_in_log(fixture, "no certificate"), 1);
	fixture->no_certificate = false;
	advance(fixture, 6 * MINUTE);
	assert_true(has_token(fixture));
}

static void
a_wrapped_login_is_passed_on_and_rests(void **state)
{
	struct fixture *fixture = *state;

	fixture->options.wrap_ttl = MINUTE;
	fixture->vault.wraps = true;
	start(fixture);
	advance(fixture, 0);
	assert_state(fixture, AUTH_PASSED_ON);
	assert_int_equal(fixture->wrapped, 1);
	assert_int_equal(fixture->tokens, 0);
	assert_false(has_token(fixture));
	advance(fixture, 10 * HOUR);
	assert_int_equal(fixture->vault.logins, 1);
	assert_int_equal(count_in_log(fixture, "wrapping-1"), 0);
}

static void
new_credentials_end_the_rest_after_a_wrapped_login(void **state)
{
	struct fixture *fixture = *state;

	fixture->options.wrap_ttl = MINUTE;
	fixture->options.reauth_on_new_credentials = true;
	fixture->vault.wraps = true;
	start(fixture);
	advance(fixture, 10 * MINUTE);
	assert_int_equal(fixture->wrapped, 1);
	write_file(fixture, "another word");
	advance(fixture, 2 * MINUTE);
	assert_int_equal(fixture->wrapped, 2);
	assert_state(fixture, AUTH_PASSED_ON);
}

static void
a_login_that_is_not_wrapped_is_not_taken(void **state)
{
	struct fixture *fixture = *state;

	fixture->options.wrap_ttl = MINUTE;
	start(fixture);
	advance(fixture, 0);
	assert_state(fixture, AUTH_BACKING_OFF);
	assert_int_equal(fixture->wrapped, 0);
	assert_false(has_token(fixture));
	assert_int_equal(count_in_log(fixture, "not wrapped"), 1);
}

static struct auth_method *
make_userpass(const struct fixture *fixture, const char *name)
{
	const struct auth_setting settings[] = {
		{ "username", name },
		{ "password_file_path", fixture->file },
		{ "remove_password_after_reading", "false" },
	};
	struct auth_method *method;
	struct lh_cause cause;

	assert_int_equal(auth_method_new(&(struct auth_method_options){
	    "userpass", "auth/userpass", settings, 3 }, &method, &cause),
	    LH_OK);
	return method;
}

static void
replace(struct fixture *fixture)
{
	struct auth_method *method = make_userpass(fixture, "other");

	auth_keeper_replace(fixture->keeper, &fixture->options,
	    &fixture->vault, &method);
	assert_null(method);
}

static void
another_method_replaces_the_token_without_a_gap(void **state)
{
	struct fixture *fixture = *state;

	start(fixture);
	advance(fixture, 10 * SECOND);
	replace(fixture);
	assert_true(has_token(fixture));
	assert_int_equal(fixture->tokens, 1);
	advance_with_token(fixture, SECOND);
	assert_int_equal(fixture->vault.logins, 2);
	assert_int_equal(fixture->tokens, 2);
	assert_int_equal(fixture->losses, 0);
}

static void
another_method_that_fails_leaves_the_old_token_alive(void **state)
{
	struct fixture *fixture = *state;

	start(fixture);
	advance(fixture, 10 * SECOND);
	be_down(&fixture->vault.login);
	replace(fixture);
	advance_with_token(fixture, 10 * MINUTE);
	assert_int_equal(fixture->tokens, 1);
	assert_true(fixture->vault.renewals >= 8);
	assert_in_range(fixture->vault.logins, 5, 20);
	be_fine(&fixture->vault.login);
	advance_with_token(fixture, 5 * MINUTE);
	assert_int_equal(fixture->tokens, 2);
}

static void
another_method_during_a_login_takes_its_place(void **state)
{
	struct fixture *fixture = *state;

	fixture->vault.mute = true;
	start(fixture);
	advance(fixture, 10 * SECOND);
	assert_int_equal(fixture->vault.logins, 1);
	replace(fixture);
	assert_null(fixture->vault.pending);
	fixture->vault.mute = false;
	advance(fixture, SECOND);
	assert_int_equal(fixture->vault.logins, 2);
	assert_true(has_token(fixture));
}

static void
another_method_does_not_resume_the_token_of_an_earlier_run(void **state)
{
	struct fixture *fixture = *state;

	fixture->vault.mute = true;
	start_with_earlier(fixture, now_of(fixture) + MINUTE);
	fixture->last_generation = EARLIER_GENERATION;
	advance(fixture, SECOND);
	assert_int_equal(fixture->vault.lookups, 1);
	replace(fixture);
	assert_int_equal(fixture->losses, 1);
	fixture->vault.mute = false;
	advance(fixture, SECOND);
	assert_int_equal(fixture->vault.lookups, 1);
	assert_int_equal(fixture->vault.logins, 1);
	assert_true(has_token(fixture));
	assert_int_equal(fixture->last_generation, EARLIER_GENERATION + 1);
}

static void
another_method_during_a_renewal_waits_for_its_end(void **state)
{
	struct fixture *fixture = *state;

	start(fixture);
	advance(fixture, 0);
	fixture->vault.mute = true;
	advance(fixture, 40 * SECOND);
	assert_state(fixture, AUTH_RENEWING);
	replace(fixture);
	assert_int_equal(fixture->vault.logins, 1);
	fixture->vault.mute = false;
	advance_with_token(fixture, SECOND);
	assert_int_equal(fixture->vault.renewals, 1);
	assert_int_equal(fixture->vault.logins, 2);
	assert_int_equal(fixture->tokens, 2);
}

static void
another_pace_is_kept_from_the_next_failure_on(void **state)
{
	struct fixture *fixture = *state;
	struct auth_keeper_options options = fixture->options;

	start(fixture);
	advance(fixture, 0);
	options.max_login_attempts = 2;
	options.max_backoff = SECOND;
	auth_keeper_set_pace(fixture->keeper, &options);
	advance_with_token(fixture, MINUTE);
	assert_int_equal(fixture->vault.logins, 1);
	be_down(&fixture->vault.renewal);
	be_down(&fixture->vault.login);
	advance(fixture, 5 * MINUTE);
	assert_int_equal(fixture->vault.logins, 3);
	assert_int_equal(fixture->fatals, 1);
}

static void
a_pace_may_begin_to_look_for_new_credentials(void **state)
{
	struct fixture *fixture = *state;
	struct auth_keeper_options options = fixture->options;

	start(fixture);
	advance(fixture, 0);
	write_file(fixture, "another word");
	advance_with_token(fixture, 5 * MINUTE);
	assert_int_equal(fixture->tokens, 1);
	options.reauth_on_new_credentials = true;
	auth_keeper_set_pace(fixture->keeper, &options);
	advance_with_token(fixture, 2 * MINUTE);
	assert_int_equal(fixture->tokens, 2);
}

static void
new_credentials_that_are_refused_do_not_cost_the_token(void **state)
{
	struct fixture *fixture = *state;

	fixture->options.reauth_on_new_credentials = true;
	start(fixture);
	advance(fixture, 0);
	fixture->vault.login = (struct fake_manner){ VAULT_VERDICT_REFUSED,
	    400, "invalid username or password", -1 };
	write_file(fixture, "a wrong word");
	advance_with_token(fixture, 10 * MINUTE);
	assert_int_equal(fixture->tokens, 1);
	assert_int_equal(count_in_log(fixture, "auth.refused"), 1);
}

#define keeper_test(name) \
	cmocka_unit_test_setup_teardown(name, setup, teardown)

static void
a_login_asks_elsewhere_first(void **state)
{
	struct fixture *fixture = *state;
	struct auth_elsewhere *elsewhere;

	start_with_azure(fixture);
	elsewhere = fixture->keeper->elsewhere;
	settle(fixture);
	assert_int_equal(elsewhere->asked, 1);
	assert_int_equal(fixture->vault.logins, 0);
	fake_elsewhere_answer(elsewhere, VAULT_VERDICT_OK,
	    "{\"compute\":{\"name\":\"vm\"}}");
	settle(fixture);
	assert_int_equal(elsewhere->asked, 2);
	assert_int_equal(fixture->vault.logins, 0);
	fake_elsewhere_answer(elsewhere, VAULT_VERDICT_OK,
	    "{\"access_token\":\"a.b.c\"}");
	settle(fixture);
	assert_int_equal(elsewhere->asked, 2);
	assert_int_equal(fixture->vault.logins, 1);
	assert_true(has_token(fixture));
}

static void
silence_elsewhere_backs_off_and_is_told_once(void **state)
{
	struct fixture *fixture = *state;
	struct auth_elsewhere *elsewhere;

	start_with_azure(fixture);
	elsewhere = fixture->keeper->elsewhere;
	for (unsigned tries = 1; tries <= 5; tries++) {
		settle(fixture);
		assert_int_equal(elsewhere->asked, tries);
		fake_elsewhere_answer(elsewhere, VAULT_VERDICT_DOWN,
		    "asking http://169.254.169.254: no answer");
		assert_state(fixture, AUTH_BACKING_OFF);
		settle(fixture);
		assert_int_equal(elsewhere->asked, tries);
		while (elsewhere->asked == tries)
			advance(fixture, SECOND);
	}
	assert_int_equal(fixture->vault.logins, 0);
	assert_int_equal(count_in_log(fixture, "auth.unreachable"), 1);
	assert_int_equal(count_in_log(fixture, "169.254.169.254"), 1);
}

static void
an_answer_from_elsewhere_that_is_odd_fails_the_login(void **state)
{
	struct fixture *fixture = *state;

	start_with_azure(fixture);
	settle(fixture);
	fake_elsewhere_answer(fixture->keeper->elsewhere, VAULT_VERDICT_OK,
	    "<html>");
	assert_state(fixture, AUTH_BACKING_OFF);
	assert_int_equal(count_in_log(fixture, "auth.failed"), 1);
}

static void
a_stop_forgets_what_was_asked_elsewhere(void **state)
{
	struct fixture *fixture = *state;

	start_with_azure(fixture);
	settle(fixture);
	assert_non_null(fixture->keeper->elsewhere->fn);
	auth_keeper_stop(fixture->keeper);
	assert_null(fixture->keeper->elsewhere->fn);
	assert_state(fixture, AUTH_NONE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		keeper_test(a_login_gives_the_first_generation),
		keeper_test(the_status_tells_the_life_without_the_token),
		keeper_test(a_renewal_comes_at_two_thirds_and_not_at_once),
		keeper_test(renewals_up_to_the_max_ttl_end_in_a_login_ahead),
		keeper_test(
		    sixteen_generations_follow_each_other_without_a_gap),
		keeper_test(a_periodic_token_is_renewed_for_ever),
		keeper_test(
		    a_token_that_cannot_be_renewed_is_replaced_at_two_thirds),
		keeper_test(
		    short_lives_do_not_log_in_more_often_than_the_least_backoff
		    ),
		keeper_test(
		    a_denied_renewal_leads_to_a_login_ahead_of_the_end),
		keeper_test(
		    a_renewal_that_finds_the_token_dead_logs_in_at_once),
		keeper_test(renewals_outlast_an_outage_shorter_than_the_life),
		keeper_test(a_token_is_lost_when_an_outage_outlasts_it),
		keeper_test(
		    an_answer_that_never_comes_does_not_keep_a_dead_token),
		keeper_test(
		    a_failed_replacement_keeps_the_old_token_to_its_end),
		keeper_test(
	    fifty_suspects_of_a_revoked_token_make_one_lookup_and_one_login),
		keeper_test(a_token_that_keeps_dying_makes_one_login_a_backoff),
		keeper_test(a_suspected_token_found_alive_stays),
		keeper_test(a_lookup_without_an_answer_leaves_the_token_in_use),
		keeper_test(a_life_cut_short_by_others_is_made_whole),
		keeper_test(
		    a_life_cut_short_that_cannot_be_renewed_ends_in_time),
		keeper_test(a_doubt_takes_no_suspicion_away),
		keeper_test(doubts_cost_one_lookup_a_second_until_vault_tells),
		keeper_test(
		    the_token_of_an_earlier_run_costs_a_lookup_and_no_login),
		keeper_test(
		    an_earlier_token_that_vault_refuses_is_lost_and_replaced),
		keeper_test(an_earlier_token_is_trusted_until_vault_tells),
		keeper_test(a_trusted_token_ends_where_it_would_have),
		keeper_test(
		    an_earlier_token_that_ran_out_is_remembered_to_have),
		keeper_test(
		    a_suspect_of_an_older_generation_gets_the_younger_one),
		keeper_test(a_suspicion_during_a_renewal_is_settled_by_it),
		keeper_test(
		    a_suspicion_that_a_failed_login_left_open_is_looked_up),
		keeper_test(ten_minutes_without_vault_see_few_attempts),
		keeper_test(a_wish_for_quiet_holds_the_next_login),
		keeper_test(a_wish_for_a_day_of_quiet_is_cut_to_an_hour),
		keeper_test(a_refused_credential_is_logged_once),
		keeper_test(a_credential_that_is_answered_with_500_is_refused),
		keeper_test(another_refused_credential_is_logged_again),
		keeper_test(the_last_login_attempt_allowed_is_fatal),
		keeper_test(attempts_are_counted_from_the_last_token_on),
		keeper_test(a_certificate_that_is_not_there_is_a_failed_login),
		keeper_test(a_wrapped_login_is_passed_on_and_rests),
		keeper_test(new_credentials_end_the_rest_after_a_wrapped_login),
		keeper_test(a_login_that_is_not_wrapped_is_not_taken),
		keeper_test(another_method_replaces_the_token_without_a_gap),
		keeper_test(
		    another_method_that_fails_leaves_the_old_token_alive),
		keeper_test(another_method_during_a_login_takes_its_place),
		keeper_test(
		    another_method_does_not_resume_the_token_of_an_earlier_run
		    ),
		keeper_test(another_method_during_a_renewal_waits_for_its_end),
		keeper_test(another_pace_is_kept_from_the_next_failure_on),
		keeper_test(a_pace_may_begin_to_look_for_new_credentials),
		keeper_test(
		    new_credentials_that_are_refused_do_not_cost_the_token),
		keeper_test(a_missing_credential_is_a_failed_login),
		keeper_test(a_use_limited_token_is_not_taken),
		keeper_test(a_failed_login_is_fatal_when_asked_for),
		keeper_test(
		    a_clock_that_jumps_over_the_end_offers_no_dead_token),
		keeper_test(
		    a_clock_that_jumps_during_a_renewal_makes_one_login),
		keeper_test(a_stop_with_a_login_under_way_tells_the_waiters),
		keeper_test(a_stop_leaves_the_token_to_its_end),
		keeper_test(a_revocation_ends_the_token_and_all_work),
		keeper_test(a_revocation_outlasts_an_outage),
		keeper_test(a_wish_for_quiet_holds_the_next_revocation),
		keeper_test(a_revocation_ends_with_the_token),
		keeper_test(
		    an_answer_behind_the_end_of_the_token_ends_its_revocation),
		keeper_test(a_refused_revocation_is_not_tried_again),
		keeper_test(
		    a_token_that_vault_does_not_know_any_more_is_revoked),
		keeper_test(without_a_token_there_is_nothing_to_revoke),
		keeper_test(waiters_hear_of_the_first_token),
		keeper_test(waiters_are_bounded),
		keeper_test(a_waiter_may_cancel_the_next_from_its_call),
		keeper_test(a_keeper_may_be_freed_with_waiters_and_work_queued),
		keeper_test(a_root_token_from_a_file_needs_no_work),
		keeper_test(
		    a_file_with_the_ending_token_backs_off_until_another_comes),
		keeper_test(
		    a_file_token_that_somebody_renewed_goes_on_as_it_is),
		keeper_test(
		    a_file_token_with_another_period_goes_on_by_renewals),
		keeper_test(
		    a_file_token_at_its_max_ttl_is_told_ahead_of_its_end),
		keeper_test(
		    a_file_token_that_ends_while_it_is_renewed_is_taken_anew),
		keeper_test(new_credentials_are_used_when_asked_for),
		keeper_test(a_login_asks_elsewhere_first),
		keeper_test(silence_elsewhere_backs_off_and_is_told_once),
		keeper_test(
		    an_answer_from_elsewhere_that_is_odd_fails_the_login),
		keeper_test(a_stop_forgets_what_was_asked_elsewhere),
	};

	return cmocka_run_group_tests_name("auth_keeper", tests,
	    start_allocators, NULL);
}
