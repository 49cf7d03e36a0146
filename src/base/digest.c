/*
 * digest - SHA-256 and random numbers.
 *
 * The algorithm is fetched once and the context is kept, since looking either
 * up costs more than hashing a request does. libcrypto fails here only when
 * it is broken or out of memory: then the process cannot keep its promises
 * and aborts.
 *
 * What is added in small pieces is gathered first: a call of libcrypto costs
 * more than the few bytes of a field. Secrets pass through, so the gathered
 * bytes are wiped.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "base/digest.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include <openssl/evp.h>

#include "base/lh_need.h"
#include "base/xalloc.h"

#define GATHERED_MAX 512
#define CALCULATE "calculate a digest"

struct digest {
	EVP_MD *algorithm;
	EVP_MD_CTX *context;
	size_t gathered_len;
	char gathered[GATHERED_MAX];
};

static void hand_over(struct digest *digest);

struct digest *
digest_new(void)
{
	struct digest *digest = xcalloc(1, sizeof(*digest));

	digest->algorithm = EVP_MD_fetch(NULL, "SHA256", NULL);
	digest->context = EVP_MD_CTX_new();
	lh_need(digest->algorithm != NULL && digest->context != NULL &&
	    EVP_DigestInit_ex2(digest->context, digest->algorithm,
	    NULL) == 1, CALCULATE);
	return digest;
}

void
digest_free(struct digest *digest)
{
	if (digest == NULL)
		return;
	EVP_MD_CTX_free(digest->context);
	EVP_MD_free(digest->algorithm);
	free(digest);
}

void
digest_begin(struct digest *digest)
{
	explicit_bzero(digest->gathered, digest->gathered_len);
	digest->gathered_len = 0;
	/* No algorithm named: starts again with the one it has. */
	lh_need(EVP_DigestInit_ex2(digest->context, NULL, NULL) == 1,
	    CALCULATE);
}

void
digest_add(struct digest *digest, const void *data, size_t len)
{
	if (len > GATHERED_MAX - digest->gathered_len)
		hand_over(digest);
	if (len > GATHERED_MAX) {
		lh_need(EVP_DigestUpdate(digest->context, data, len) == 1,
		    CALCULATE);
		return;
	}
	if (len > 0)
		memcpy(digest->gathered + digest->gathered_len, data, len);
	digest->gathered_len += len;
}

void
digest_add_span(struct digest *digest, struct span text)
{
	uint64_t len = text.len;

	digest_add(digest, &len, sizeof(len));
	digest_add(digest, text.ptr, text.len);
}

void
digest_end(struct digest *digest, uint8_t out[DIGEST_BYTES])
{
	hand_over(digest);
	lh_need(EVP_DigestFinal_ex(digest->context, out, NULL) == 1,
	    CALCULATE);
}

void
random_fill(void *out, size_t len)
{
	char *at = out;
	ssize_t got;

	while (len > 0) {
		got = getrandom(at, len, 0);
		lh_need(got > 0 || errno == EINTR, "get random numbers");
		if (got > 0) {
			at += got;
			len -= (size_t)got;
		}
	}
}

double
random_unit(void)
{
	uint64_t bits;

	random_fill(&bits, sizeof(bits));
	return (double)(bits >> 11) * 0x1p-53;	/* a double holds 53 bits */
}

static void
hand_over(struct digest *digest)
{
	lh_need(EVP_DigestUpdate(digest->context, digest->gathered,
	    digest->gathered_len) == 1, CALCULATE);
	explicit_bzero(digest->gathered, digest->gathered_len);
	digest->gathered_len = 0;
}
