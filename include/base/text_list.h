/*
 * text_list - a few texts, lent.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_BASE_TEXT_LIST_H
#define LH_BASE_TEXT_LIST_H

#include <stddef.h>

struct text_list {
	const char *const *list;
	size_t count;
};

#endif
