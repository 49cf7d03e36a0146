/*
 * sink_dh - a token encrypted for one reader.
 *
 *	shared  = X25519(our private key, the reader's public key)
 *	key     = shared, or HKDF-SHA256(shared, salt: the smaller of both
 *	          public keys, info: the larger, 32 bytes)
 *	payload = AES-256-GCM(key, 12 random bytes, aad, token)
 *
 * Our pair lives as long as the sink. The reader's file is looked at for each
 * token, so a reader that begins anew is served; while the file is away, the
 * key seen last is used. A key made of the secret as it is, is what the
 * incumbents do without derive_key; the nonce is random each time.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "sink_dh.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "base/aead.h"
#include "base/bytes.h"
#include "base/digest.h"
#include "base/lh_assert.h"
#include "base/xalloc.h"
#include "vault/vault_request.h"

#define KEY_BYTES 32
#define KEY_BASE64 44			/* with its padding */
#define MAX_KEY_FILE (64 * 1024)
#define BASE64_SIZE(len) (((len) + 2) / 3 * 4)
#define MAX_ENVELOPE 256		/* bytes, but for the payload */

struct sink_dh {
	char *path;
	char *aad;
	bool derive_key;
	EVP_PKEY *pair;
	uint8_t own[KEY_BYTES];		/* public keys */
	uint8_t reader[KEY_BYTES];
	bool has_reader;
};

struct sealing {
	uint8_t nonce[AEAD_NONCE_BYTES];
	struct bytes payload;		/* with its tag */
};

static enum lh_err read_key(struct sink_dh *dh, struct lh_cause *cause);
static bool decode_key(struct span text, uint8_t out[KEY_BYTES]);
static bool agree(const struct sink_dh *dh, uint8_t key[KEY_BYTES]);
static bool agree_raw(const struct sink_dh *dh, EVP_PKEY *reader,
    uint8_t key[KEY_BYTES]);
static bool derive(const struct sink_dh *dh, uint8_t key[KEY_BYTES]);
static bool encrypt(const struct sink_dh *dh, const uint8_t key[KEY_BYTES],
    struct span plain, struct sealing *sealing);
static struct secret *write_envelope(const struct sink_dh *dh,
    const struct sealing *sealing);
static enum lh_err add_base64(struct bytes *into, const void *data,
    size_t len);

enum lh_err
sink_dh_new(const struct sink_dh_options *options, struct sink_dh **dh_out,
    struct lh_cause *cause)
{
	struct sink_dh *dh = xcalloc(1, sizeof(*dh));
	size_t len = sizeof(dh->own);

	dh->path = xstrdup(options->path);
	dh->aad = xstrdup(options->aad == NULL ? "" : options->aad);
	dh->derive_key = options->derive_key;
	dh->pair = EVP_PKEY_Q_keygen(NULL, NULL, "X25519");
	if (dh->pair == NULL || EVP_PKEY_get_raw_public_key(dh->pair, dh->own,
	    &len) != 1) {
		lh_cause_set(cause, "cannot make a curve25519 key");
		sink_dh_free(dh);
		return LH_ERR_SYSTEM;
	}
	*dh_out = dh;
	return LH_OK;
}

void
sink_dh_free(struct sink_dh *dh)
{
	if (dh == NULL)
		return;
	EVP_PKEY_free(dh->pair);
	free(dh->aad);
	free(dh->path);
	free(dh);
}

enum lh_err
sink_dh_seal(struct sink_dh *dh, const struct secret *content,
    struct secret **sealed_out, struct lh_cause *cause)
{
	struct span plain = secret_lend(content);
	struct secret *sealed = NULL;
	struct sealing sealing;
	uint8_t key[KEY_BYTES];
	enum lh_err err;

	err = read_key(dh, cause);
	if (err != LH_OK)
		return err;
	bytes_init(&sealing.payload, plain.len + AEAD_TAG_BYTES);
	if (agree(dh, key) && encrypt(dh, key, plain, &sealing))
		sealed = write_envelope(dh, &sealing);
	explicit_bzero(key, sizeof(key));
	bytes_release(&sealing.payload);
	if (sealed == NULL) {
		lh_cause_set(cause, "cannot encrypt for the key in %s",
		    dh->path);
		return LH_ERR_FORMAT;
	}
	*sealed_out = sealed;
	return LH_OK;
}

static enum lh_err
read_key(struct sink_dh *dh, struct lh_cause *cause)
{
	uint8_t key[KEY_BYTES];
	struct bytes file, text;
	enum lh_err err;

	bytes_init(&file, MAX_KEY_FILE);
	bytes_init(&text, MAX_KEY_FILE);
	err = file_read(dh->path, &file, cause);
	if (err == LH_OK && (vault_request_json_text(bytes_span(&file),
	    "curve25519_public_key", &text) != LH_OK ||
	    !decode_key(bytes_span(&text), key))) {
		lh_cause_set(cause, "%s holds no curve25519_public_key of 32 "
		    "bytes in base64", dh->path);
		err = LH_ERR_FORMAT;
	}
	bytes_release(&text);
	bytes_release(&file);
	if (err != LH_OK)
		return dh->has_reader ? LH_OK : err;
	memcpy(dh->reader, key, sizeof(key));
	dh->has_reader = true;
	return LH_OK;
}

static bool
decode_key(struct span text, uint8_t out[KEY_BYTES])
{
	uint8_t decoded[KEY_BYTES + 1];

	text = span_trim(text);
	if (text.len != KEY_BASE64 || text.ptr[KEY_BASE64 - 1] != '=' ||
	    text.ptr[KEY_BASE64 - 2] == '=')
		return false;
	if (EVP_DecodeBlock(decoded, (const unsigned char *)text.ptr,
	    KEY_BASE64) != (int)sizeof(decoded))
		return false;
	memcpy(out, decoded, KEY_BYTES);
	return true;
}

static bool
agree(const struct sink_dh *dh, uint8_t key[KEY_BYTES])
{
	EVP_PKEY *reader = EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, NULL,
	    dh->reader, sizeof(dh->reader));
	bool agreed = reader != NULL && agree_raw(dh, reader, key);

	EVP_PKEY_free(reader);
	return agreed && (!dh->derive_key || derive(dh, key));
}

/* Fails for keys of small order, whose secret everybody knows. */
static bool
agree_raw(const struct sink_dh *dh, EVP_PKEY *reader, uint8_t key[KEY_BYTES])
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(dh->pair, NULL);
	size_t len = KEY_BYTES;
	bool agreed = context != NULL &&
	    EVP_PKEY_derive_init(context) == 1 &&
	    EVP_PKEY_derive_set_peer(context, reader) == 1 &&
	    EVP_PKEY_derive(context, key, &len) == 1 && len == KEY_BYTES;

	EVP_PKEY_CTX_free(context);
	return agreed;
}

/* Both sides sort the public keys, so that both get the same. */
static bool
derive(const struct sink_dh *dh, uint8_t key[KEY_BYTES])
{
	int order = memcmp(dh->own, dh->reader, KEY_BYTES);
	struct span own = { (const char *)dh->own, KEY_BYTES };
	struct span reader = { (const char *)dh->reader, KEY_BYTES };
	const struct aead_source source = {
		.secret = { (const char *)key, KEY_BYTES },
		.salt = order < 0 ? own : reader,
		.info = order < 0 ? reader : own
	};
	uint8_t derived[KEY_BYTES];

	if (order == 0)
		return false;
	aead_derive(&source, derived, sizeof(derived));
	memcpy(key, derived, KEY_BYTES);
	explicit_bzero(derived, sizeof(derived));
	return true;
}

static bool
encrypt(const struct sink_dh *dh, const uint8_t key[KEY_BYTES],
    struct span plain, struct sealing *sealing)
{
	uint8_t *out = xmalloc(plain.len + AEAD_TAG_BYTES);
	struct aead_terms terms = { .aad = span_of(dh->aad) };
	struct aead *aead = aead_new(key);
	bool ok;

	random_fill(sealing->nonce, sizeof(sealing->nonce));
	memcpy(terms.nonce, sealing->nonce, sizeof(terms.nonce));
	ok = aead_seal(aead, &terms, plain, out) == LH_OK &&
	    bytes_append(&sealing->payload, out,
	    plain.len + AEAD_TAG_BYTES) == LH_OK;
	aead_free(aead);
	free(out);
	return ok;
}

static struct secret *
write_envelope(const struct sink_dh *dh, const struct sealing *sealing)
{
	struct secret *sealed = NULL;
	struct bytes text;

	bytes_init(&text, MAX_ENVELOPE + BASE64_SIZE(sealing->payload.len));
	if (bytes_printf(&text, "{\"curve25519_public_key\":\"") == LH_OK &&
	    add_base64(&text, dh->own, sizeof(dh->own)) == LH_OK &&
	    bytes_printf(&text, "\",\"nonce\":\"") == LH_OK &&
	    add_base64(&text, sealing->nonce, AEAD_NONCE_BYTES) == LH_OK &&
	    bytes_printf(&text, "\",\"encrypted_payload\":\"") == LH_OK &&
	    add_base64(&text, sealing->payload.data,
	    sealing->payload.len) == LH_OK &&
	    bytes_printf(&text, "\"}\n") == LH_OK)
		sealed = secret_new_bulk(bytes_span(&text));
	bytes_release(&text);
	return sealed;
}

static enum lh_err
add_base64(struct bytes *into, const void *data, size_t len)
{
	char *text = xmalloc(BASE64_SIZE(len) + 1);
	int size = EVP_EncodeBlock((unsigned char *)text, data, (int)len);
	enum lh_err err = bytes_append(into, text, (size_t)size);

	free(text);
	return err;
}
