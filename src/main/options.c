/*
 * options - see options.h. Two tables: the commands and the flags.
 *
 * "proxy" and "agent" are taken as commands that run, so that a link named
 * vault or bao serves the command lines written for them; so are their flags
 * that have nothing to do here, and "token revoke", which a pod that ends
 * calls.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "options.h"

#include <stddef.h>
#include <string.h>

#include "base/parse.h"
#include "base/span.h"

enum flag_kind {
	FLAG_TEXT,
	FLAG_TRUTH,		/* a text too: beats the files either way */
	FLAG_BOOL, FLAG_PATH, FLAG_COMMAND, FLAG_RETRY, FLAG_FORMAT,
	FLAG_UNUSED_TEXT, FLAG_UNUSED,
	FLAG_OWN		/* of one command, and on when it is given */
};

struct flag {
	const char *name;
	enum flag_kind kind;
	size_t offset;		/* in struct config_flags; OWN: options */
	enum options_command command;
};

#define AT(member) offsetof(struct config_flags, member)
static const struct flag flags[] = {
	{ "agent-address", FLAG_UNUSED_TEXT, 0, 0 },
	{ "address", FLAG_TEXT, AT(address), 0 },
	{ "ca-cert", FLAG_TEXT, AT(ca_cert), 0 },
	{ "ca-path", FLAG_TEXT, AT(ca_path), 0 },
	{ "client-cert", FLAG_TEXT, AT(client_cert), 0 },
	{ "client-key", FLAG_TEXT, AT(client_key), 0 },
	{ "combine-logs", FLAG_BOOL, AT(combine_logs), 0 },
	{ "config", FLAG_PATH, 0, 0 },
	{ "disable-gated-logs", FLAG_UNUSED, 0, 0 },
	{ "exit-after-auth", FLAG_TRUTH, AT(exit_after_auth), 0 },
	{ "format", FLAG_FORMAT, 0, 0 },
	{ "h", FLAG_COMMAND, 0, OPTIONS_HELP },
	{ "help", FLAG_COMMAND, 0, OPTIONS_HELP },
	{ "json", FLAG_OWN, offsetof(struct options, json), OPTIONS_STATUS },
	{ "log-file", FLAG_TEXT, AT(log_file), 0 },
	{ "log-format", FLAG_TEXT, AT(log_format), 0 },
	{ "log-level", FLAG_TEXT, AT(log_level), 0 },
	{ "log-rotate-bytes", FLAG_TEXT, AT(log_rotate_bytes), 0 },
	{ "log-rotate-duration", FLAG_TEXT, AT(log_rotate_duration), 0 },
	{ "log-rotate-max-files", FLAG_TEXT, AT(log_rotate_max_files), 0 },
	{ "namespace", FLAG_TEXT, AT(namespace), 0 },
	{ "ns", FLAG_TEXT, AT(namespace), 0 },
	{ "retry-for", FLAG_RETRY, 0, 0 },
	{ "self", FLAG_OWN, offsetof(struct options, self),
	    OPTIONS_TOKEN_REVOKE },
	{ "test-verify-only", FLAG_COMMAND, 0, OPTIONS_CHECK },
	{ "tls-server-name", FLAG_TEXT, AT(tls_server_name), 0 },
	{ "tls-skip-verify", FLAG_TRUTH, AT(tls_skip_verify), 0 },
	{ "v", FLAG_COMMAND, 0, OPTIONS_VERSION },
	{ "version", FLAG_COMMAND, 0, OPTIONS_VERSION },
	{ "watch", FLAG_OWN, offsetof(struct options, watch), OPTIONS_STATUS },
};
#undef AT

static const struct {
	const char *name;
	const char *second;	/* word, or NULL */
	enum options_command command;
} commands[] = {
	{ "agent", NULL, OPTIONS_RUN }, { "check", NULL, OPTIONS_CHECK },
	{ "dump", NULL, OPTIONS_DUMP }, { "help", NULL, OPTIONS_HELP },
	{ "kubernetes-login", NULL, OPTIONS_KUBERNETES_LOGIN },
	{ "proxy", NULL, OPTIONS_RUN }, { "status", NULL, OPTIONS_STATUS },
	{ "token", "revoke", OPTIONS_TOKEN_REVOKE },
	{ "version", NULL, OPTIONS_VERSION },
};

/* What is left of argv. */
struct args {
	char **next;
	char **end;
};

static bool is_theirs(const char *program);
static bool take_command(struct args *args, struct options *options);
static bool is_of_server(const struct flag *flag);
static bool takes_value(const struct flag *flag);
static enum lh_err refuse_word(const char *word,
    const struct options *options, struct lh_cause *cause);
static enum lh_err take_flag(struct args *args, struct options *options,
    struct lh_cause *cause);
static const struct flag *find_flag(struct span name);
static enum lh_err set_flag(const struct flag *flag, const char *value,
    struct options *options, struct lh_cause *cause);
static const char *command_name(enum options_command command);
static enum lh_err add_path(const char *path, struct options *options,
    struct lh_cause *cause);

enum lh_err
options_parse(int argc, char **argv, struct options *options,
    struct lh_cause *cause)
{
	struct args args = { argv + 1, argv + argc };
	enum lh_err err = LH_OK;

	memset(options, 0, sizeof(*options));
	options->flags.ignore_unknown = argc > 0 && is_theirs(argv[0]);
	options->topic = OPTIONS_HELP;
	if (take_command(&args, options))
		options->topic = options->command;
	if (options->command == OPTIONS_HELP && take_command(&args, options)) {
		options->topic = options->command;
		options->command = OPTIONS_HELP;
	}
	while (err == LH_OK && args.next < args.end) {
		if (**args.next == '-')
			err = take_flag(&args, options, cause);
		else if (options->command == OPTIONS_CHECK ||
		    options->command == OPTIONS_DUMP)
			err = add_path(*args.next++, options, cause);
		else
			err = refuse_word(*args.next, options, cause);
	}
	return err;
}

static bool
is_theirs(const char *program)
{
	const char *slash = strrchr(program, '/');
	const char *name = slash != NULL ? slash + 1 : program;

	return strcmp(name, "vault") == 0 || strcmp(name, "bao") == 0;
}

static bool
take_command(struct args *args, struct options *options)
{
	size_t left = (size_t)(args->end - args->next);

	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
		const char *second = commands[i].second;
		size_t words = second != NULL ? 2 : 1;

		if (left < words ||
		    strcmp(commands[i].name, args->next[0]) != 0 ||
		    (second != NULL && strcmp(second, args->next[1]) != 0))
			continue;
		options->command = commands[i].command;
		args->next += words;
		return true;
	}
	return false;
}

/* Only those that read files take arguments without a dash. */
static enum lh_err
refuse_word(const char *word, const struct options *options,
    struct lh_cause *cause)
{
	lh_cause_set(cause, "%s \"%s\"", options->topic == OPTIONS_HELP ?
	    "unknown command" : "unknown argument", word);
	return LH_ERR_CONFIG;
}

/* -name, --name, -name=value, -name value. */
static enum lh_err
take_flag(struct args *args, struct options *options, struct lh_cause *cause)
{
	const char *word = *args->next++;
	struct span rest = span_of(word + (word[1] == '-' ? 2 : 1));
	struct span name = span_cut(&rest, '=');
	const struct flag *flag = find_flag(name);
	const char *value = rest.ptr;

	if (flag == NULL) {
		lh_cause_set(cause, "unknown flag \"%s\"", word);
		return LH_ERR_CONFIG;
	}
	if (options->topic == OPTIONS_KUBERNETES_LOGIN && is_of_server(flag)) {
		lh_cause_set(cause, "flag \"-%s\" has no place here: a "
		    "variable tells it", flag->name);
		return LH_ERR_CONFIG;
	}
	if (value == NULL && takes_value(flag)) {
		if (args->next == args->end) {
			lh_cause_set(cause, "flag \"%s\" needs a value", word);
			return LH_ERR_CONFIG;
		}
		value = *args->next++;
	}
	return set_flag(flag, value == NULL ? "true" : value, options, cause);
}

/* Of the server, or of one that runs. */
static bool
is_of_server(const struct flag *flag)
{
	return flag->kind == FLAG_TEXT || flag->kind == FLAG_TRUTH ||
	    flag->kind == FLAG_BOOL || flag->kind == FLAG_PATH;
}

/* Without one, those that do not are true. */
static bool
takes_value(const struct flag *flag)
{
	return flag->kind != FLAG_TRUTH && flag->kind != FLAG_BOOL &&
	    flag->kind != FLAG_COMMAND && flag->kind != FLAG_OWN &&
	    flag->kind != FLAG_UNUSED;
}

static const struct flag *
find_flag(struct span name)
{
	for (size_t i = 0; i < sizeof(flags) / sizeof(*flags); i++)
		if (span_equal(span_of(flags[i].name), name))
			return &flags[i];
	return NULL;
}

static enum lh_err
set_flag(const struct flag *flag, const char *value, struct options *options,
    struct lh_cause *cause)
{
	char *at = (char *)&options->flags + flag->offset;
	bool on;

	switch (flag->kind) {
	case FLAG_TEXT:
	case FLAG_TRUTH:
		*(const char **)(void *)at = value;
		return LH_OK;
	case FLAG_PATH:
		return add_path(value, options, cause);
	case FLAG_UNUSED_TEXT:
	case FLAG_UNUSED:
		return LH_OK;
	case FLAG_FORMAT:
		options->json = strcmp(value, "json") == 0;
		if (options->topic == OPTIONS_STATUS &&
		    (options->json || strcmp(value, "table") == 0))
			return LH_OK;
		lh_cause_set(cause, "flag \"-%s\" is table or json and "
		    "belongs to status", flag->name);
		return LH_ERR_CONFIG;
	case FLAG_RETRY:
		if (options->topic == OPTIONS_KUBERNETES_LOGIN &&
		    parse_duration(span_of(value), &options->retry_for) ==
		    LH_OK)
			return LH_OK;
		lh_cause_set(cause, "flag \"-%s\" is a duration and belongs "
		    "to kubernetes-login", flag->name);
		return LH_ERR_CONFIG;
	case FLAG_OWN:
		if (options->topic != flag->command) {
			lh_cause_set(cause, "flag \"-%s\" belongs to %s",
			    flag->name, command_name(flag->command));
			return LH_ERR_CONFIG;
		}
		at = (char *)options + flag->offset;
		break;
	case FLAG_COMMAND:
	case FLAG_BOOL:
		break;
	}
	if (parse_bool_loose(span_of(value), &on) != LH_OK) {
		lh_cause_set(cause, "flag \"-%s\" is true or false, not "
		    "\"%s\"", flag->name, value);
		return LH_ERR_CONFIG;
	}
	if (flag->kind != FLAG_COMMAND)
		*(bool *)(void *)at = on;
	else if (on)
		options->command = flag->command;
	return LH_OK;
}

static const char *
command_name(enum options_command command)
{
	size_t i = 0;

	while (commands[i].command != command)
		i++;
	return commands[i].name;
}

static enum lh_err
add_path(const char *path, struct options *options, struct lh_cause *cause)
{
	struct config_flags *to = &options->flags;

	if (to->path_count == CONFIG_MAX_FILES) {
		lh_cause_set(cause, "more than %d configuration paths",
		    CONFIG_MAX_FILES);
		return LH_ERR_CONFIG;
	}
	to->paths[to->path_count++] = path;
	return LH_OK;
}
