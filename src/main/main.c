/*
 * main - the order of start and stop, nothing else.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include <stdio.h>
#include <stdlib.h>

#include "config.h"
#include "base/secret.h"
#include "config/config.h"
#include "http/http_client.h"
#include "kubernetes_login.h"
#include "options.h"
#include "process.h"
#include "status.h"
#include "token_revoke.h"
#include "vault/vault_envelope.h"
#include "wiring.h"

#define DUMP_MAX_BYTES (1024 * 1024)

static int read_config(const struct options *options,
    struct config **config_out);
static int dump(const struct config *config);
static int check(const struct options *options);
static int flush(int status);
static int run(const struct options *options);
static enum lh_err harden(struct lh_cause *cause);
static enum lh_err start_libraries(const struct config *config,
    struct lh_cause *cause);
static void stop_libraries(void);
static int serve(struct config **config, const struct options *options,
    struct lh_cause *cause);

int
main(int argc, char **argv)
{
	struct options options;
	struct lh_cause cause;

	if (options_parse(argc, argv, &options, &cause) != LH_OK) {
		fprintf(stderr, "leasehold: %s\n\"%s\" tells what there is.\n",
		    cause.text, options_hint(options.topic));
		return 1;
	}
	switch (options.command) {
	case OPTIONS_HELP:
		fputs(options_help(options.topic), stdout);
		return flush(0);
	case OPTIONS_VERSION:
		puts("leasehold v" PACKAGE_VERSION);
		return flush(0);
	case OPTIONS_CHECK:
	case OPTIONS_DUMP:
		return flush(check(&options));
	case OPTIONS_RUN:
	case OPTIONS_KUBERNETES_LOGIN:
	case OPTIONS_STATUS:
	case OPTIONS_TOKEN_REVOKE:
		break;
	}
	return run(&options);
}

static const char *
environment(const char *name)
{
	return getenv(name);
}

static void
print(const struct bytes *text, FILE *to)
{
	if (text->len > 0)
		fwrite(text->data, 1, text->len, to);
}

/* 0, or the exit status; what is wrong was printed. */
static int
read_config(const struct options *options, struct config **config_out)
{
	struct config_notes notes;
	enum lh_err err;

	config_notes_init(&notes);
	err = config_load(&options->flags, environment, &notes, config_out);
	print(&notes.text, stderr);
	config_notes_release(&notes);
	return err == LH_OK ? 0 : 1;
}

static int
dump(const struct config *config)
{
	struct bytes text;
	int status = 0;

	bytes_init(&text, DUMP_MAX_BYTES);
	if (config_dump(config, &text) != LH_OK) {
		fprintf(stderr, "leasehold: the configuration is too long to "
		    "be printed\n");
		status = 1;
	} else
		print(&text, stdout);
	bytes_release(&text);
	return status;
}

static int
check(const struct options *options)
{
	struct config *config = NULL;
	int status = read_config(options, &config);

	if (status == 0 && options->command == OPTIONS_DUMP)
		status = dump(config);
	else if (status == 0)
		puts("the configuration is valid");
	config_free(config);
	return status;
}

/* What could not be printed was not done. */
static int
flush(int status)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	perror("leasehold: standard output");
	return 1;
}

static int
run(const struct options *options)
{
	struct config *config = NULL;
	bool serves = options->command == OPTIONS_RUN;
	struct lh_cause cause;
	int status = 0;

	if (harden(&cause) != LH_OK) {
		fprintf(stderr, "leasehold: %s\n", cause.text);
		return 1;
	}
	if (serves)
		status = read_config(options, &config);
	if (status != 0)
		return status;
	if (start_libraries(config, &cause) != LH_OK) {
		fprintf(stderr, "leasehold: %s\n", cause.text);
		config_free(config);
		return 1;
	}
	if (serves)
		status = serve(&config, options, &cause);
	else if (options->command == OPTIONS_STATUS)
		status = status_print(options);
	else if (options->command == OPTIONS_TOKEN_REVOKE)
		status = token_revoke(options);
	else
		status = kubernetes_login(options->retry_for);
	stop_libraries();
	return status;
}

/* First of all: OpenSSL keeps the allocator that it was first used with. */
static enum lh_err
harden(struct lh_cause *cause)
{
	enum lh_err err = secret_wipe_openssl();

	if (err != LH_OK) {
		lh_cause_set(cause, "OpenSSL does not take an allocator");
		return err;
	}
	return process_harden(cause);
}

static enum lh_err
start_libraries(const struct config *config, struct lh_cause *cause)
{
	bool all_locked = process_lock_memory(config != NULL &&
	    config->process.uid != FILE_IO_KEEP_ID ? PROCESS_CHANGES_USER :
	    PROCESS_STAYS);
	bool arena_locked;
	enum lh_err err;

	err = secret_start(&arena_locked);
	if (err != LH_OK) {
		lh_cause_set(cause, "cannot make the arena of secrets");
		return err;
	}
	if (!all_locked && !arena_locked)
		fprintf(stderr, "leasehold: warning: no memory could be "
		    "locked (RLIMIT_MEMLOCK): tokens may reach a swap "
		    "device\n");
	vault_envelope_start_library();
	err = http_client_start_library();
	if (err != LH_OK)
		lh_cause_set(cause, "cannot start libcurl");
	return err;
}

static void
stop_libraries(void)
{
	http_client_stop_library();
	secret_stop();
}

static int
serve(struct config **config, const struct options *options,
    struct lh_cause *cause)
{
	struct wiring *wiring;
	int status;

	if (wiring_new(config, options, &wiring, cause) != LH_OK) {
		fprintf(stderr, "leasehold: %s\n", cause->text);
		return 1;
	}
	status = wiring_run(wiring);
	wiring_free(wiring);
	return status;
}
