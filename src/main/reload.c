/*
 * reload - see reload.h. The configuration is read anew for its log level and
 * its auto_auth method, and as a check of the rest; a file name that changed
 * takes a restart.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "reload.h"

#include <stdlib.h>

#include "config/config.h"

static void reload_config(const struct options *options,
    const struct reload_targets *targets);
static void log_notes(struct log *log, const struct config_notes *notes);
static void reload_client(struct vault_client *client, struct log *log);

void
reload(const struct options *options, const struct reload_targets *targets)
{
	struct lh_cause cause;

	if (log_reopen(targets->log, &cause) != LH_OK)
		log_error(targets->log, "reload.failed",
		    log_text("error", cause.text));
	reload_config(options, targets);
	for (size_t i = 0; i < targets->certificate_count; i++)
		if (http_tls_reload(targets->certificates[i], &cause) !=
		    LH_OK)
			log_error(targets->log, "reload.failed",
			    log_text("error", cause.text));
	reload_client(targets->client, targets->log);
	log_info(targets->log, "reload.done", log_num("certificates",
	    (int64_t)targets->certificate_count));
}

static const char *
environment(const char *name)
{
	return getenv(name);
}

static void
reload_config(const struct options *options,
    const struct reload_targets *targets)
{
	struct config_notes notes;
	struct config *config = NULL;
	struct lh_cause cause;

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
		log_set_level(targets->log, config->log.level);
	if (targets->auth != NULL)
		auth_wiring_reload(targets->auth, &config);
	config_free(config);
	config_notes_release(&notes);
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
