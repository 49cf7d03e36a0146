/*
 * certificate - what an X.509 certificate in PEM says of itself.
 *
 * OpenSSL reads it. It is given the text from the mark of the certificate on,
 * so that a key in front of it is not copied into memory that is not wiped.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include "base/certificate.h"

#include <limits.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#define MS_PER_S 1000
#define S_PER_DAY 86400

static X509 *read_first(struct span pem);
static enum lh_err moment_of(const ASN1_TIME *when, wall_ms *out);

enum lh_err
certificate_not_after(struct span pem, wall_ms *out)
{
	X509 *certificate = read_first(pem);
	enum lh_err err = LH_ERR_FORMAT;

	if (certificate != NULL)
		err = moment_of(X509_get0_notAfter(certificate), out);
	X509_free(certificate);
	ERR_clear_error();
	return err;
}

static X509 *
read_first(struct span pem)
{
	static const char mark[] = "-----BEGIN CERTIFICATE-----";
	const char *start = NULL;
	X509 *certificate;
	BIO *bio;

	if (pem.len > 0 && pem.len <= INT_MAX)
		start = memmem(pem.ptr, pem.len, mark, sizeof(mark) - 1);
	if (start == NULL)
		return NULL;
	pem = span_skip(pem, (size_t)(start - pem.ptr));
	bio = BIO_new_mem_buf(pem.ptr, (int)pem.len);
	if (bio == NULL)
		return NULL;
	certificate = PEM_read_bio_X509(bio, NULL, NULL, NULL);
	BIO_free(bio);
	return certificate;
}

static enum lh_err
moment_of(const ASN1_TIME *when, wall_ms *out)
{
	ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
	int days, seconds, known = 0;

	if (epoch != NULL)
		known = ASN1_TIME_diff(&days, &seconds, epoch, when);
	ASN1_TIME_free(epoch);
	if (known == 0)
		return LH_ERR_FORMAT;
	*out = ((wall_ms)days * S_PER_DAY + seconds) * MS_PER_S;
	return LH_OK;
}
