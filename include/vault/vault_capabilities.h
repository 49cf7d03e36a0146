/*
 * vault_capabilities - what a token may do on paths: the body of
 * sys/capabilities-self, and its answer; pure.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_VAULT_VAULT_CAPABILITIES_H
#define LH_VAULT_VAULT_CAPABILITIES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/lh_err.h"
#include "base/secret.h"
#include "base/span.h"

/* {"paths":[...]}. NULL: no memory, or too much. */
struct secret *vault_capabilities_body(const struct span *paths,
    size_t count);

/* An answer that was read; empty when it was no such thing. */
struct vault_capabilities;
enum lh_err vault_capabilities_read(struct span body,
    struct vault_capabilities **out) LH_MUSTCHECK;
void vault_capabilities_free(struct vault_capabilities *capabilities);

/* Does the list of that path hold the word, or root? */
bool vault_capabilities_has(const struct vault_capabilities *capabilities,
    struct span path, const char *word);

#endif
