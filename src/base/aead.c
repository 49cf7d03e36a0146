/*
 * aead - AES-256-GCM under one key, and keys derived from other keys.
 *
 * The key schedule is made once; a piece costs its nonce and its bytes.
 * libcrypto fails here only when it is broken or out of memory, but for the
 * tag that does not fit.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "base/aead.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include "base/lh_assert.h"
#include "base/xalloc.h"

struct aead {
	EVP_CIPHER_CTX *seal;
	EVP_CIPHER_CTX *open;
};

static OSSL_PARAM octets(const char *name, struct span text);

struct aead *
aead_new(const uint8_t key[AEAD_KEY_BYTES])
{
	struct aead *aead = xcalloc(1, sizeof(*aead));

	aead->seal = EVP_CIPHER_CTX_new();
	aead->open = EVP_CIPHER_CTX_new();
	lh_assert(aead->seal != NULL && aead->open != NULL);
	lh_assert(EVP_EncryptInit_ex(aead->seal, EVP_aes_256_gcm(), NULL, key,
	    NULL) == 1);
	lh_assert(EVP_DecryptInit_ex(aead->open, EVP_aes_256_gcm(), NULL, key,
	    NULL) == 1);
	return aead;
}

void
aead_free(struct aead *aead)
{
	if (aead == NULL)
		return;
	EVP_CIPHER_CTX_free(aead->seal);
	EVP_CIPHER_CTX_free(aead->open);
	free(aead);
}

enum lh_err
aead_seal(struct aead *aead, const struct aead_terms *terms,
    struct span plain, uint8_t *out)
{
	EVP_CIPHER_CTX *context = aead->seal;
	int len = 0;

	if (plain.len > AEAD_MAX_BYTES || terms->aad.len > AEAD_MAX_BYTES)
		return LH_ERR_LIMIT;
	lh_assert(EVP_EncryptInit_ex(context, NULL, NULL, NULL,
	    terms->nonce) == 1);
	lh_assert(EVP_EncryptUpdate(context, NULL, &len,
	    (const unsigned char *)terms->aad.ptr,
	    (int)terms->aad.len) == 1);
	if (plain.len > 0)
		lh_assert(EVP_EncryptUpdate(context, out, &len,
		    (const unsigned char *)plain.ptr, (int)plain.len) == 1);
	lh_assert(EVP_EncryptFinal_ex(context, out + plain.len, &len) == 1);
	lh_assert(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG,
	    AEAD_TAG_BYTES, out + plain.len) == 1);
	return LH_OK;
}

enum lh_err
aead_open(struct aead *aead, const struct aead_terms *terms,
    struct span sealed, uint8_t *out)
{
	EVP_CIPHER_CTX *context = aead->open;
	uint8_t tag[AEAD_TAG_BYTES], none[1];
	size_t plain_len;
	int len = 0;

	if (sealed.len < AEAD_TAG_BYTES || sealed.len > AEAD_MAX_BYTES ||
	    terms->aad.len > AEAD_MAX_BYTES)
		return LH_ERR_DENIED;
	plain_len = sealed.len - AEAD_TAG_BYTES;
	memcpy(tag, sealed.ptr + plain_len, sizeof(tag));
	lh_assert(EVP_DecryptInit_ex(context, NULL, NULL, NULL,
	    terms->nonce) == 1);
	lh_assert(EVP_DecryptUpdate(context, NULL, &len,
	    (const unsigned char *)terms->aad.ptr,
	    (int)terms->aad.len) == 1);
	if (plain_len > 0)
		lh_assert(EVP_DecryptUpdate(context, out, &len,
		    (const unsigned char *)sealed.ptr, (int)plain_len) == 1);
	lh_assert(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG,
	    AEAD_TAG_BYTES, tag) == 1);
	if (EVP_DecryptFinal_ex(context, none, &len) == 1)
		return LH_OK;
	if (plain_len > 0)
		explicit_bzero(out, plain_len);
	return LH_ERR_DENIED;
}

void
aead_derive(const struct aead_source *source, uint8_t *out, size_t len)
{
	EVP_KDF *kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
	EVP_KDF_CTX *context = EVP_KDF_CTX_new(kdf);
	char sha256[] = "SHA256";
	const OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST,
		    sha256, 0),
		octets(OSSL_KDF_PARAM_KEY, source->secret),
		octets(OSSL_KDF_PARAM_SALT, source->salt),
		octets(OSSL_KDF_PARAM_INFO, source->info),
		OSSL_PARAM_construct_end()
	};

	lh_assert(context != NULL &&
	    EVP_KDF_derive(context, out, len, params) == 1);
	EVP_KDF_CTX_free(context);
	EVP_KDF_free(kdf);
}

/* The library reads them alone, though its type does not say so. */
static OSSL_PARAM
octets(const char *name, struct span text)
{
	union { const char *lent; void *taken; } bytes = { text.ptr };

	return OSSL_PARAM_construct_octet_string(name, bytes.taken, text.len);
}
