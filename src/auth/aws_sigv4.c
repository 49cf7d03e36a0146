/*
 * aws_sigv4 - the signature, version 4, of requests to AWS.
 *
 *	canonical request -> its hash in the text to sign -> HMAC by a key
 *	that is derived from secret, day, region and service
 *
 * The canonical request holds the session token, the keys are as good as the
 * secret for a day: both lie in memory that is wiped.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "aws_sigv4.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "auth_encode.h"
#include "base/digest.h"
#include "base/secret.h"

#define DAY_LEN 8

/* The fields as they are signed: sorted by name. */
struct sorted {
	const struct http_field *list[AWS_SIGV4_MAX_FIELDS];
	size_t count;
};

static enum lh_err sort_fields(struct http_fields fields,
    struct sorted *out);
static int compare_names(struct span a, struct span b);
static bool starts_name(const struct sorted *sorted, size_t index);
static enum lh_err hash_request(const struct aws_sigv4_request *request,
    const struct sorted *sorted, struct bytes *into);
static enum lh_err append_fields(const struct sorted *sorted,
    struct bytes *into);
static enum lh_err append_names(const struct sorted *sorted,
    struct bytes *into);
static enum lh_err append_lower(struct span text, struct bytes *into);
static enum lh_err append_squeezed(struct span text, struct bytes *into);
static enum lh_err append_hash(struct span text, struct bytes *into);
static enum lh_err append_scope(const struct aws_sigv4_signer *signer,
    const char *date, struct bytes *into);
static enum lh_err append_signature(const struct aws_sigv4_signer *signer,
    struct span text, struct bytes *into);
static enum lh_err derive_key(const struct aws_sigv4_signer *signer,
    uint8_t key[DIGEST_BYTES]);
static bool hmac(struct span key, struct span text,
    uint8_t out[DIGEST_BYTES]);

void
aws_sigv4_date(wall_ms now, char out[AWS_SIGV4_DATE_SIZE])
{
	time_t seconds = (time_t)(now / 1000);
	struct tm parts;

	memset(out, 0, AWS_SIGV4_DATE_SIZE);
	if (gmtime_r(&seconds, &parts) != NULL)
		strftime(out, AWS_SIGV4_DATE_SIZE, "%Y%m%dT%H%M%SZ", &parts);
}

enum lh_err
aws_sigv4_authorization(const struct aws_sigv4_request *request,
    const struct aws_sigv4_signer *signer, struct bytes *into)
{
	char date[AWS_SIGV4_DATE_SIZE];
	struct sorted sorted;
	struct bytes text;
	enum lh_err err;

	aws_sigv4_date(signer->now, date);
	err = sort_fields(request->fields, &sorted);
	if (err != LH_OK)
		return err;
	bytes_init(&text, SECRET_MAX_BYTES);
	err = bytes_printf(&text, "AWS4-HMAC-SHA256\n%s\n", date);
	if (err == LH_OK)
		err = append_scope(signer, date, &text);
	if (err == LH_OK)
		err = bytes_append(&text, "\n", 1);
	if (err == LH_OK)
		err = hash_request(request, &sorted, &text);
	if (err == LH_OK)
		err = bytes_printf(into, "AWS4-HMAC-SHA256 Credential=%.*s/",
		    (int)signer->access_key.len, signer->access_key.ptr);
	if (err == LH_OK)
		err = append_scope(signer, date, into);
	if (err == LH_OK)
		err = bytes_printf(into, ", SignedHeaders=");
	if (err == LH_OK)
		err = append_names(&sorted, into);
	if (err == LH_OK)
		err = bytes_printf(into, ", Signature=");
	if (err == LH_OK)
		err = append_signature(signer, bytes_span(&text), into);
	bytes_release(&text);
	return err;
}

/* Fields of one name stay in their order. */
static enum lh_err
sort_fields(struct http_fields fields, struct sorted *out)
{
	size_t at;

	if (fields.count > AWS_SIGV4_MAX_FIELDS)
		return LH_ERR_LIMIT;
	for (out->count = 0; out->count < fields.count; out->count++) {
		const struct http_field *field = &fields.list[out->count];

		for (at = out->count; at > 0 && compare_names(field->name,
		    out->list[at - 1]->name) < 0; at--)
			out->list[at] = out->list[at - 1];
		out->list[at] = field;
	}
	return LH_OK;
}

static int
compare_names(struct span a, struct span b)
{
	size_t len = a.len < b.len ? a.len : b.len;
	int order = strncasecmp(a.ptr, b.ptr, len);

	return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

static bool
starts_name(const struct sorted *sorted, size_t index)
{
	return index == 0 || compare_names(sorted->list[index - 1]->name,
	    sorted->list[index]->name) != 0;
}

static enum lh_err
hash_request(const struct aws_sigv4_request *request,
    const struct sorted *sorted, struct bytes *into)
{
	struct bytes text;
	enum lh_err err;

	bytes_init(&text, 2 * SECRET_MAX_BYTES);
	err = bytes_printf(&text, "%.*s\n%.*s\n\n",
	    (int)request->method.len, request->method.ptr,
	    (int)request->path.len, request->path.ptr);
	if (err == LH_OK)
		err = append_fields(sorted, &text);
	if (err == LH_OK)
		err = bytes_append(&text, "\n", 1);
	if (err == LH_OK)
		err = append_names(sorted, &text);
	if (err == LH_OK)
		err = bytes_append(&text, "\n", 1);
	if (err == LH_OK)
		err = append_hash(request->body, &text);
	if (err == LH_OK)
		err = append_hash(bytes_span(&text), into);
	bytes_release(&text);
	return err;
}

static enum lh_err
append_fields(const struct sorted *sorted, struct bytes *into)
{
	enum lh_err err = LH_OK;

	for (size_t i = 0; err == LH_OK && i < sorted->count; i++) {
		if (starts_name(sorted, i)) {
			err = append_lower(sorted->list[i]->name, into);
			if (err == LH_OK)
				err = bytes_append(into, ":", 1);
		}
		if (err == LH_OK)
			err = append_squeezed(sorted->list[i]->value, into);
		if (err == LH_OK)
			err = bytes_append(into, i + 1 < sorted->count &&
			    !starts_name(sorted, i + 1) ? "," : "\n", 1);
	}
	return err;
}

static enum lh_err
append_names(const struct sorted *sorted, struct bytes *into)
{
	enum lh_err err = LH_OK;

	for (size_t i = 0; err == LH_OK && i < sorted->count; i++) {
		if (!starts_name(sorted, i))
			continue;
		if (i > 0)
			err = bytes_append(into, ";", 1);
		if (err == LH_OK)
			err = append_lower(sorted->list[i]->name, into);
	}
	return err;
}

static enum lh_err
append_lower(struct span text, struct bytes *into)
{
	enum lh_err err = LH_OK;

	for (size_t i = 0; err == LH_OK && i < text.len; i++) {
		char c = (char)tolower((unsigned char)text.ptr[i]);

		err = bytes_append(into, &c, 1);
	}
	return err;
}

/* Without blanks at the ends, and one where there are several. */
static enum lh_err
append_squeezed(struct span text, struct bytes *into)
{
	enum lh_err err = LH_OK;

	text = span_trim(text);
	for (size_t i = 0; err == LH_OK && i < text.len; i++) {
		if (i == 0 || text.ptr[i] != ' ' || text.ptr[i - 1] != ' ')
			err = bytes_append(into, &text.ptr[i], 1);
	}
	return err;
}

static enum lh_err
append_hash(struct span text, struct bytes *into)
{
	uint8_t hash[DIGEST_BYTES];
	struct digest *digest = digest_new();

	digest_begin(digest);
	digest_add(digest, text.ptr, text.len);
	digest_end(digest, hash);
	digest_free(digest);
	return auth_encode_hex((struct span){ (const char *)hash,
	    sizeof(hash) }, into);
}

static enum lh_err
append_scope(const struct aws_sigv4_signer *signer, const char *date,
    struct bytes *into)
{
	return bytes_printf(into, "%.*s/%s/%s/aws4_request", DAY_LEN, date,
	    signer->region, signer->service);
}

static enum lh_err
append_signature(const struct aws_sigv4_signer *signer, struct span text,
    struct bytes *into)
{
	uint8_t key[DIGEST_BYTES], signature[DIGEST_BYTES];
	enum lh_err err = derive_key(signer, key);

	if (err == LH_OK && !hmac((struct span){ (const char *)key,
	    sizeof(key) }, text, signature))
		err = LH_ERR_SYSTEM;
	if (err == LH_OK)
		err = auth_encode_hex((struct span){
		    (const char *)signature, sizeof(signature) }, into);
	OPENSSL_cleanse(key, sizeof(key));
	return err;
}

static enum lh_err
derive_key(const struct aws_sigv4_signer *signer, uint8_t key[DIGEST_BYTES])
{
	const struct span own = { (const char *)key, DIGEST_BYTES };
	char date[AWS_SIGV4_DATE_SIZE];
	struct bytes first;
	bool made;

	aws_sigv4_date(signer->now, date);
	bytes_init(&first, SECRET_MAX_BYTES + 4);
	made = bytes_append(&first, "AWS4", 4) == LH_OK &&
	    bytes_append_span(&first, signer->secret_key) == LH_OK &&
	    hmac(bytes_span(&first), (struct span){ date, DAY_LEN }, key) &&
	    hmac(own, span_of(signer->region), key) &&
	    hmac(own, span_of(signer->service), key) &&
	    hmac(own, SPAN_LITERAL("aws4_request"), key);
	bytes_release(&first);
	return made ? LH_OK : LH_ERR_SYSTEM;
}

/* out may be the key. */
static bool
hmac(struct span key, struct span text, uint8_t out[DIGEST_BYTES])
{
	uint8_t made[DIGEST_BYTES];
	bool ok = HMAC(EVP_sha256(), key.ptr, (int)key.len,
	    (const unsigned char *)text.ptr, text.len, made, NULL) != NULL;

	memcpy(out, made, sizeof(made));
	OPENSSL_cleanse(made, sizeof(made));
	return ok;
}
