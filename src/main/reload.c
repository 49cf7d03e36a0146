/*
 * reload - see reload.h. The configuration is read anew for its log level and
 * its auto_auth method, and as a check of the rest; what else changed takes a
 * restart, and is told to.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "reload.h"

#include <stdlib.h>

#include "config/config.h"
#include "reload_changes.h"

static bool reload_config(const struct options *options,
    const struct reload_targets *targets);
static void obey(const struct config *config,
    const struct reload_targets *targets);
static void log_notes(struct log *log, const struct config_notes *notes);
static void reload_client(struct vault_client *client, struct log *log);

void
reload(const struct options *options, const struct reload_targets *targets)
{
	struct lh_cause cause;
	bool is_taken;

	if (log_reopen(targets->log, &cause) != LH_OK)
		log_error(targets->log, "reload.failed",
		    log_text("error", cause.text));
	is_taken = reload_config(options, targets);
	for (size_t i = 0; i < targets->certificate_count; i++)
		if (http_tls_reload(targets->certificates[i], &cause) !=
		    LH_OK)
			log_error(targets->log, "reload.failed",
			    log_text("error", cause.text));
	reload_client(targets->client, targets->log);
	log_info(targets->log, "reload.done",
	    log_text("configuration", is_taken ? "taken" : "refused"),
	    log_num("certificates", (int64_t)targets->certificate_count));
}

static const char *
environment(const char *name)
{
	return getenv(name);
}

static bool
reload_config(const struct options *options,
    const struct reload_targets *targets)
{
	struct config_notes notes;
	struct config *config = NULL;
	struct lh_cause cause;
	bool is_taken;

	config_notes_init(&notes);
	if (config_load(&options->flags, environment, &notes, &config) !=
	    LH_OK)
		log_notes(targets->log, &notes);
	else if (confinement_check(targets->confinement, config, &cause) !=
	    LH_OK) {
		log_error(targets->log, "reload.failed",
		    log_text("error", cause.text));
		config_free(config);
		config = NULL;
	} else
		obey(config, targets);
	is_taken = config != NULL;
	if (targets->auth != NULL)
		auth_wiring_reload(targets->auth, &config);
	config_free(config);
	config_notes_release(&notes);
	return is_taken;
}

/* All but the method, and say what is not obeyed. Who writes a level into the
 * file now wants it now, whatever the command line said at the start. */
static void
obey(const struct config *config, const struct reload_targets *targets)
{
	char setting[RELOAD_CHANGE_MAX];

	log_set_level(targets->log, config->has_file_level ?
	    config->file_level : config->log.level);
	if (reload_changes_find(targets->started, config, setting))
		log_warn(targets->log, "reload.needs_restart",
		    log_text("setting", setting), log_text("advice",
		    "it, and what else a reload leaves alone, is as it was "
		    "at the start"));
}

static void
log_notes(struct log *log, const struct config_notes *notes)
{
	struct span rest = bytes_span(&notes->text);

	while (rest.len > 0)
		log_error(log, "reload.failed",
		    log_span("error", span_cut(&rest, '\n')));
}

static void
reload_client(struct vault_client *client, struct log *log)
{
	struct lh_cause cause;

	if (client != NULL && vault_client_reload(client, &cause) != LH_OK)
		log_error(log, "reload.failed",
		    log_text("error", cause.text));
}
