/*
 * fuzz_vault_path - no other spelling of a path may have another meaning.
 *
 * The first byte says which byte of the path is spelled otherwise.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include <stdint.h>

#include "base/bytes.h"
#include "base/lh_assert.h"
#include "vault/vault_path.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_inside(struct span path, struct span part)
{
	if (part.len > 0)
		lh_assert(part.ptr >= path.ptr &&
		    part.ptr + part.len <= path.ptr + path.len);
}

/* The path with one byte escaped, and each slash doubled. */
static enum lh_err
spell_otherwise(struct span path, size_t escaped, struct bytes *into)
{
	enum lh_err err = LH_OK;
	size_t i;

	for (i = 0; err == LH_OK && i < path.len; i++) {
		if (i == escaped)
			err = bytes_printf(into, "%%%02x",
			    (unsigned char)path.ptr[i]);
		else if (path.ptr[i] == '/')
			err = bytes_append(into, "//", 2);
		else
			err = bytes_append(into, path.ptr + i, 1);
	}
	return err;
}

static void
check_spelling(struct span path, size_t escaped,
    const struct vault_path *meaning)
{
	struct vault_path other;
	struct bytes into;

	bytes_init(&into, 4 * path.len);
	lh_assert(spell_otherwise(path, escaped, &into) == LH_OK);
	vault_path_classify(bytes_span(&into), &other);
	lh_assert(other.kind == meaning->kind);
	lh_assert((other.argument.len > 0) == (meaning->argument.len > 0));
	lh_assert((other.ns.len > 0) == (meaning->ns.len > 0));
	bytes_release(&into);
}

static void
check_namespace(struct span text)
{
	struct bytes once, twice;

	bytes_init(&once, text.len + 1);
	bytes_init(&twice, text.len + 1);
	lh_assert(vault_namespace_canonical(text, &once) == LH_OK);
	lh_assert(vault_namespace_canonical(bytes_span(&once), &twice) ==
	    LH_OK);
	lh_assert(span_equal(bytes_span(&once), bytes_span(&twice)));
	bytes_release(&once);
	bytes_release(&twice);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vault_path meaning;
	struct span path;

	if (size < 2)
		return 0;
	path = (struct span){ (const char *)data + 1, size - 1 };
	vault_path_classify(path, &meaning);
	check_inside(path, meaning.ns);
	check_inside(path, meaning.argument);
	if (span_find(path, '%') == path.len)
		check_spelling(path, data[0] % path.len, &meaning);
	check_namespace(path);
	return 0;
}
