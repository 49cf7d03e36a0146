/*
 * config_rows - prints the keys of the configuration, for the lint of its
 * manual page: block, key, type and default, with tabs between.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include <stdio.h>
#include <string.h>

#include "auth/auth_method.h"
#include "config/config.h"

static void
print_method(const struct auth_method_type *type)
{
	static const char *const kinds[] = {
		[AUTH_KEY_TEXT] = "text",
		[AUTH_KEY_PATH] = "path",
		[AUTH_KEY_SECRET] = "text",
		[AUTH_KEY_BOOL] = "bool",
		[AUTH_KEY_DURATION] = "duration",
	};
	const struct auth_key *key;

	for (key = type->keys; key->name != NULL; key++)
		printf("auto_auth.method.config\t%s\t%s\t%s\n", key->name,
		    kinds[key->kind], key->preset != NULL ? key->preset : "");
}

int
main(void)
{
	const struct auth_method_type *const *type;
	struct config_row row;
	const char *dot;
	size_t i;

	for (i = 0; config_row(i, &row); i++) {
		dot = strrchr(row.path, '.');
		printf("%.*s\t%s\t%s\t%s\n",
		    dot != NULL ? (int)(dot - row.path) : 0, row.path,
		    dot != NULL ? dot + 1 : row.path, row.type, row.preset);
	}
	for (type = auth_method_types(); *type != NULL; type++)
		print_method(*type);
	return 0;
}
