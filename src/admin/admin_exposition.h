/*
 * admin_exposition - metrics as text for Prometheus.
 *
 * Owns:       nothing. What is written is bounded by the tables, but for the
 *             servers, whose number and names the configuration bounds.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_SRC_ADMIN_ADMIN_EXPOSITION_H
#define LH_SRC_ADMIN_ADMIN_EXPOSITION_H

#include "base/bytes.h"
#include "base/metrics.h"
#include "vault/vault_client.h"

#define ADMIN_EXPOSITION_MAX_BYTES (128 * 1024)

enum admin_exposition {
	ADMIN_EXPOSITION_TEXT,		/* version 0.0.4 */
	ADMIN_EXPOSITION_OPENMETRICS	/* version 1.0.0 */
};

/* All that is in the tables; client may be NULL. LH_ERR_LIMIT: into is
 * full. */
enum lh_err admin_exposition_write(enum admin_exposition form,
    const struct metrics *metrics, const struct vault_client *client,
    struct bytes *into) LH_MUSTCHECK;

#endif
