/*
 * http_spare - memory of large bodies that are gone, for those to come.
 *
 * Owns:       up to HTTP_SPARE_BLOCKS blocks, wiped, of HTTP_SPARE_MAX bytes
 *             at most; none is kept for long when no body needs it.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_SRC_HTTP_HTTP_SPARE_H
#define LH_SRC_HTTP_HTTP_SPARE_H

#include <stdbool.h>

#include "base/bytes.h"
#include "base/loop.h"

#define HTTP_SPARE_BLOCKS 4
#define HTTP_SPARE_MIN (128 * 1024)	/* less is not worth it */
#define HTTP_SPARE_MAX (1024 * 1024)
#define HTTP_SPARE_MS 1000

struct http_spares;

struct http_spares *http_spares_new(struct loop *loop);
void http_spares_free(struct http_spares *spares);

/* bytes: without memory yet; gets room for so many, and more. */
bool http_spares_take(struct http_spares *spares, struct bytes *bytes,
    size_t needed);
/* bytes: wiped and released, whether its memory is kept or not. */
void http_spares_put(struct http_spares *spares, struct bytes *bytes);
/* Gives all back if none was taken since it was called last; a timer calls it
 * while there are any. */
void http_spares_look(struct http_spares *spares);
size_t http_spares_count(const struct http_spares *spares);

#endif
