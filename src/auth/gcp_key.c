/*
 * gcp_key - the key of a service account, and what it signs.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "gcp_key.h"

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "auth_encode.h"
#include "auth_web.h"

#define MAX_SIGNATURE 2048		/* a key of 16384 bits */

static bool put_text(json_t *object, const char *name, const char *text);
static bool put_number(json_t *object, const char *name, int64_t value);
static enum lh_err append_json(json_t *object, struct bytes *into);
static int on_piece(const char *piece, size_t len, void *arg);
static enum lh_err append_header(const struct gcp_key *key,
    struct bytes *into);
static enum lh_err append_signature(const struct gcp_key *key,
    struct bytes *into, struct lh_cause *cause);
static EVP_PKEY *load_key(struct span pem);
static int no_password(char *buffer, int size, int writing, void *arg);

enum lh_err
gcp_key_read(struct gcp_key *key, struct span json, struct lh_cause *cause)
{
	struct secret *type = auth_web_member(json, "type");
	bool is_account = span_equal(secret_lend(type),
	    SPAN_LITERAL("service_account"));
	bool is_other = type != NULL && !is_account;

	secret_unref(&type);
	gcp_key_release(key);
	if (is_other) {
		lh_cause_set(cause, "credentials that are no key of a "
		    "service account are not built");
		return LH_ERR_UNSUPPORTED;
	}
	if (is_account) {
		key->email = auth_web_member(json, "client_email");
		key->id = auth_web_member(json, "private_key_id");
		key->pem = auth_web_member(json, "private_key");
		key->token_url = auth_web_member(json, "token_uri");
	}
	if (key->email != NULL && key->id != NULL && key->pem != NULL)
		return LH_OK;
	gcp_key_release(key);
	lh_cause_set(cause, "the credentials are no complete key file of a "
	    "service account");
	return LH_ERR_FORMAT;
}

void
gcp_key_release(struct gcp_key *key)
{
	secret_unref(&key->email);
	secret_unref(&key->id);
	secret_unref(&key->pem);
	secret_unref(&key->token_url);
}

enum lh_err
gcp_key_claims(const struct gcp_claims *claims, struct secret **json,
    struct lh_cause *cause)
{
	json_t *object = json_object();
	struct bytes text;
	enum lh_err err = LH_ERR_LIMIT;

	bytes_init(&text, SECRET_MAX_BYTES);
	if (put_text(object, "iss", claims->issuer) &&
	    put_text(object, "sub", claims->subject) &&
	    put_text(object, "aud", claims->audience) &&
	    put_text(object, "scope", claims->scope) &&
	    put_number(object, "iat", claims->issued_s) &&
	    put_number(object, "exp", claims->expires_s))
		err = append_json(object, &text);
	json_decref(object);
	return auth_web_take(json, &text, err, cause);
}

enum lh_err
gcp_key_sign(const struct gcp_key *key, const struct gcp_claims *claims,
    struct secret **jwt, struct lh_cause *cause)
{
	struct secret *json = NULL;
	struct bytes text;
	enum lh_err err;

	err = gcp_key_claims(claims, &json, cause);
	if (err != LH_OK)
		return err;
	bytes_init(&text, SECRET_MAX_BYTES);
	err = append_header(key, &text);
	if (err == LH_OK)
		err = bytes_append(&text, ".", 1);
	if (err == LH_OK)
		err = auth_encode_base64url(secret_lend(json), &text);
	secret_unref(&json);
	if (err == LH_OK)
		err = append_signature(key, &text, cause);
	if (err == LH_ERR_FORMAT) {
		bytes_release(&text);
		return err;
	}
	return auth_web_take(jwt, &text, err, cause);
}

static bool
put_text(json_t *object, const char *name, const char *text)
{
	return text == NULL ||
	    json_object_set_new(object, name, json_string(text)) == 0;
}

static bool
put_number(json_t *object, const char *name, int64_t value)
{
	return value == 0 ||
	    json_object_set_new(object, name, json_integer(value)) == 0;
}

static enum lh_err
append_json(json_t *object, struct bytes *into)
{
	return json_dump_callback(object, on_piece, into,
	    JSON_COMPACT | JSON_SORT_KEYS) == 0 ? LH_OK : LH_ERR_LIMIT;
}

static int
on_piece(const char *piece, size_t len, void *arg)
{
	struct bytes *text = arg;

	return bytes_append(text, piece, len) == LH_OK ? 0 : -1;
}

static enum lh_err
append_header(const struct gcp_key *key, struct bytes *into)
{
	json_t *object = json_object();
	struct bytes text;
	enum lh_err err = LH_ERR_LIMIT;

	bytes_init(&text, SECRET_MAX_BYTES);
	if (put_text(object, "alg", "RS256") &&
	    put_text(object, "kid", secret_lend(key->id).ptr) &&
	    put_text(object, "typ", "JWT"))
		err = append_json(object, &text);
	json_decref(object);
	if (err == LH_OK)
		err = auth_encode_base64url(bytes_span(&text), into);
	bytes_release(&text);
	return err;
}

/* The signature of what into holds, after a dot. */
static enum lh_err
append_signature(const struct gcp_key *key, struct bytes *into,
    struct lh_cause *cause)
{
	EVP_PKEY *pkey = load_key(secret_lend(key->pem));
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	unsigned char signature[MAX_SIGNATURE];
	size_t len = sizeof(signature);
	bool is_signed = pkey != NULL && context != NULL &&
	    EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, pkey) == 1 &&
	    EVP_DigestSign(context, signature, &len,
	    (const unsigned char *)into->data, into->len) == 1;
	enum lh_err err;

	EVP_MD_CTX_free(context);
	EVP_PKEY_free(pkey);
	ERR_clear_error();
	if (!is_signed) {
		lh_cause_set(cause, "the private key of the service account "
		    "cannot be used");
		return LH_ERR_FORMAT;
	}
	err = bytes_append(into, ".", 1);
	return err != LH_OK ? err : auth_encode_base64url((struct span){
	    (const char *)signature, len }, into);
}

/* NULL: no RSA key without a password. */
static EVP_PKEY *
load_key(struct span pem)
{
	BIO *bio = pem.len > INT_MAX ? NULL :
	    BIO_new_mem_buf(pem.ptr, (int)pem.len);
	EVP_PKEY *pkey = bio == NULL ? NULL :
	    PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL);

	BIO_free(bio);
	if (pkey != NULL && !EVP_PKEY_is_a(pkey, "RSA")) {
		EVP_PKEY_free(pkey);
		pkey = NULL;
	}
	return pkey;
}

/* Without this OpenSSL would ask at the terminal. */
static int
no_password(char *buffer, int size, int writing, void *arg)
{
	return -1;
}
