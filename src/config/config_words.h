/*
 * config_words - the words that some keys take, and what each stands for.
 *
 * Invariant:  of words for one number the first is the one that is printed;
 *             the empty word means what the key's default does.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_CONFIG_CONFIG_WORDS_H
#define LH_CONFIG_CONFIG_WORDS_H

#include "config_schema.h"

extern const struct config_choice config_words_log_levels[],
    config_words_log_formats[],
    config_words_log_targets[],
    config_words_log_facilities[],
    config_words_roles[],
    config_words_behaviors[],
    config_words_lifetime_kinds[],
    config_words_lifetime_units[],
    config_words_tls_versions[],
    config_words_dh_types[];

#endif
