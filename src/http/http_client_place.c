/*
 * http_client_place - the part of URLs that stays: scheme and authority, which
 * curl has read once.
 *
 * A client asks one server, so of its URLs only path and query differ. A URL
 * that lies at the place needs no reading by curl: it gets the place in parsed
 * form and the rest as the target of the request. Any other URL (of a leader
 * that a redirect told of) goes the long way; so does all that goes through a
 * forward proxy, which has to be sent the URL as a whole.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "http_client_parts.h"

#include "base/secret_alloc.h"

#include <string.h>

static size_t	base_length(const char *);
static void	settle_at(struct http_client_place *, const char *, size_t);

void
http_client_place_init(struct http_client_place *place,
    const struct http_client_options *options)
{
	*place = (struct http_client_place){
		.is_known = options->proxy != NULL
	};
}

void
http_client_place_release(struct http_client_place *place)
{
	curl_url_cleanup(place->parsed);
	secret_free(place->base);
	*place = (struct http_client_place){ 0 };
}

const char *
http_client_place_target(struct http_client_place *place, const char *url)
{
	size_t len = base_length(url);

	/* What stands behind a "#" is not sent: curl cuts it. */
	if (url[len] != '/' || strchr(url + len, '#') != NULL)
		return NULL;
	if (!place->is_known)
		settle_at(place, url, len);
	if (place->parsed == NULL || place->base_len != len ||
	    memcmp(place->base, url, len) != 0)
		return NULL;
	return url + len;
}

static size_t
base_length(const char *url)
{
	struct span authority = http_client_request_authority(url);

	return (size_t)(authority.ptr - url) + authority.len;
}

/* The first URL says where. One that curl cannot read is left to the call,
 * which tells what is wrong with it. */
static void
settle_at(struct http_client_place *place, const char *url, size_t len)
{
	char *base = secret_malloc(len + 1);
	CURLU *parsed = curl_url();

	place->is_known = true;
	if (base != NULL) {
		memcpy(base, url, len);
		base[len] = '\0';
	}
	if (base == NULL || parsed == NULL ||
	    curl_url_set(parsed, CURLUPART_URL, base, 0) != CURLUE_OK) {
		curl_url_cleanup(parsed);
		secret_free(base);
		return;
	}
	place->base = base;
	place->base_len = len;
	place->parsed = parsed;
}
