/*
 * auth_encode - base64, percent encoding, web forms; pure.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "auth_encode.h"

#include <string.h>

#include "base/xalloc.h"

#define UNRESERVED "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz" \
    "0123456789-._~"

static const char plain_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    "abcdefghijklmnopqrstuvwxyz0123456789+/";
static const char url_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    "abcdefghijklmnopqrstuvwxyz0123456789-_";

static size_t encode_group(struct span text, const char *digits,
    char out[4]);
static size_t encode_octet(char c, char out[3]);
static enum lh_err append_percent(struct bytes *into, struct span text);

enum lh_err
auth_encode_base64(struct span text, struct bytes *into)
{
	enum lh_err err = LH_OK;
	char group[4];

	for (; err == LH_OK && text.len > 0; text = span_skip(text, 3)) {
		memset(group, '=', sizeof(group));
		encode_group(text, plain_digits, group);
		err = bytes_append(into, group, sizeof(group));
	}
	return err;
}

enum lh_err
auth_encode_base64url(struct span text, struct bytes *into)
{
	enum lh_err err = LH_OK;
	char group[4];
	size_t len;

	for (; err == LH_OK && text.len > 0; text = span_skip(text, 3)) {
		len = encode_group(text, url_digits, group);
		err = bytes_append(into, group, len);
	}
	return err;
}

enum lh_err
auth_encode_hex(struct span text, struct bytes *into)
{
	static const char digits[] = "0123456789abcdef";
	enum lh_err err = LH_OK;

	for (size_t i = 0; err == LH_OK && i < text.len; i++) {
		unsigned octet = (unsigned char)text.ptr[i];
		const char pair[2] = { digits[octet >> 4],
		    digits[octet & 15] };

		err = bytes_append(into, pair, sizeof(pair));
	}
	return err;
}

char *
auth_encode_percent(const char *text)
{
	char *encoded = xmalloc(strlen(text) * 3 + 1);
	char *out = encoded;

	for (; *text != '\0'; text++)
		out += encode_octet(*text, out);
	*out = '\0';
	return encoded;
}

enum lh_err
auth_encode_form(struct secret **body, const struct auth_member *members,
    struct lh_cause *cause)
{
	const struct auth_member *member;
	struct secret *made = NULL;
	enum lh_err err = LH_OK;
	struct bytes text;

	bytes_init(&text, SECRET_MAX_BYTES);
	for (member = members; err == LH_OK && member->name != NULL;
	    member++) {
		err = bytes_printf(&text, "%s%s=",
		    member == members ? "" : "&", member->name);
		if (err == LH_OK)
			err = append_percent(&text, member->value);
	}
	if (err == LH_OK)
		made = secret_new(bytes_span(&text));
	bytes_release(&text);
	if (made == NULL) {
		lh_cause_set(cause, "a request of the login is too long");
		return LH_ERR_LIMIT;
	}
	secret_unref(body);
	*body = made;
	return LH_OK;
}

/* Up to three octets. How many digits they gave. */
static size_t
encode_group(struct span text, const char *digits, char out[4])
{
	size_t octets = text.len < 3 ? text.len : 3;
	unsigned long bits = 0;

	for (size_t i = 0; i < 3; i++)
		bits = bits << 8 |
		    (i < octets ? (unsigned char)text.ptr[i] : 0);
	for (size_t i = 0; i <= octets; i++)
		out[i] = digits[bits >> (18 - 6 * i) & 63];
	return octets + 1;
}

static size_t
encode_octet(char c, char out[3])
{
	static const char digits[] = "0123456789ABCDEF";
	unsigned octet = (unsigned char)c;

	if (c != '\0' && strchr(UNRESERVED, c) != NULL) {
		out[0] = c;
		return 1;
	}
	out[0] = '%';
	out[1] = digits[octet >> 4];
	out[2] = digits[octet & 15];
	return 3;
}

static enum lh_err
append_percent(struct bytes *into, struct span text)
{
	enum lh_err err = LH_OK;
	char out[3];

	for (size_t i = 0; err == LH_OK && i < text.len; i++)
		err = bytes_append(into, out,
		    encode_octet(text.ptr[i], out));
	return err;
}
