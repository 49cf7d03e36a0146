/*
 * http_client_tls - certificates and keys for upstream, checked at start.
 *
 * curl reads them when it connects, which would turn a wrong path into a
 * failed request much later; so all are read and parsed here once. A directory
 * of CA files is handed to curl as one text, since OpenSSL itself would only
 * look at names made of hashes.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "http_client_parts.h"

#include "base/file_io.h"
#include "base/xalloc.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define CA_FOLDERS_MAX 16	/* one in the other */

/* Through a directory of CA files and those below it. */
struct ca_walk {
	struct bytes *into;
	struct lh_cause *cause;
	unsigned depth;
};

static enum lh_err	check_ca(const struct http_client_options *,
			    struct bytes *, struct lh_cause *);
static enum lh_err	add_ca_file(const char *, struct bytes *,
			    struct lh_cause *);
static enum lh_err	add_ca_path(const char *, struct bytes *,
			    struct lh_cause *);
static enum lh_err	walk_folder(struct ca_walk *, const char *);
static enum lh_err	walk_entry(struct ca_walk *, const char *);
static bool		is_pem(const char *);
static enum lh_err	check_ca_text(struct span, const char *,
			    struct lh_cause *);
static enum lh_err	check_pair(const char *, const char *,
			    struct lh_cause *);
static enum lh_err	read_pem(const char *, BIO **, struct bytes *,
			    struct lh_cause *);
static enum lh_err	tls_error(struct lh_cause *, const char *,
			    const char *);
static int		no_password(char *, int, int, void *);

enum lh_err
http_client_tls_check(const struct http_client_options *options,
    struct bytes *ca_out, struct lh_cause *cause)
{
	enum lh_err err = check_ca(options, ca_out, cause);

	if (err != LH_OK)
		return err;
	if ((options->client_cert == NULL) != (options->client_key == NULL)) {
		lh_cause_set(cause, "both client certificate and client key "
		    "must be given");
		return LH_ERR_TLS;
	}
	if (options->client_cert == NULL)
		return LH_OK;
	return check_pair(options->client_cert, options->client_key, cause);
}

static enum lh_err
check_ca(const struct http_client_options *options, struct bytes *ca_out,
    struct lh_cause *cause)
{
	enum lh_err err = LH_OK;

	if (options->ca_pem.len > 0) {
		if (bytes_append_span(ca_out, options->ca_pem) != LH_OK)
			return tls_error(cause, "CA certificates",
			    "too large");
		err = check_ca_text(options->ca_pem, "CA certificates", cause);
	} else if (options->ca_file != NULL) {
		err = add_ca_file(options->ca_file, ca_out, cause);
		bytes_clear(ca_out);	/* curl reads the file, and caches */
	} else if (options->ca_path != NULL) {
		err = add_ca_path(options->ca_path, ca_out, cause);
	}
	return err;
}

static enum lh_err
add_ca_file(const char *path, struct bytes *into, struct lh_cause *cause)
{
	size_t before = into->len;

	/* The cause of file_read() names the file already. */
	if (file_read(path, into, cause) != LH_OK ||
	    bytes_append(into, "\n", 1) != LH_OK)
		return LH_ERR_TLS;
	return check_ca_text(span_skip(bytes_span(into), before), path, cause);
}

static enum lh_err
add_ca_path(const char *path, struct bytes *into, struct lh_cause *cause)
{
	struct ca_walk walk = { .into = into, .cause = cause };
	enum lh_err err = walk_folder(&walk, path);

	if (err == LH_OK && into->len == 0)
		err = tls_error(cause, path, "no certificate in it");
	return err;
}

static enum lh_err
walk_folder(struct ca_walk *walk, const char *path)
{
	enum lh_err err = LH_OK;
	struct dirent *entry;
	DIR *dir;

	if (walk->depth == CA_FOLDERS_MAX)
		return tls_error(walk->cause, path, "too deep");
	dir = opendir(path);
	if (dir == NULL)
		return tls_error(walk->cause, path, strerror(errno));
	walk->depth++;
	while (err == LH_OK && (entry = readdir(dir)) != NULL)
		if (entry->d_name[0] != '.') {
			char *below = xasprintf("%s/%s", path, entry->d_name);

			err = walk_entry(walk, below);
			free(below);
		}
	walk->depth--;
	closedir(dir);
	return err;
}

/* A link may lead to a file, not to a folder: that could be the one above. */
static enum lh_err
walk_entry(struct ca_walk *walk, const char *path)
{
	struct stat facts;

	if (lstat(path, &facts) == 0 && S_ISDIR(facts.st_mode))
		return walk_folder(walk, path);
	if (stat(path, &facts) != 0)
		return tls_error(walk->cause, path, strerror(errno));
	if (S_ISREG(facts.st_mode) && is_pem(path))
		return add_ca_file(path, walk->into, walk->cause);
	return LH_OK;
}

/* A directory of certificates may hold a README. What cannot be read is left
 * to be complained of. */
static bool
is_pem(const char *path)
{
	struct bytes content;
	bool is_one;

	bytes_init(&content, HTTP_CLIENT_MAX_CA_BYTES);
	is_one = file_read(path, &content, NULL) != LH_OK ||
	    (content.len > 0 && memmem(content.data, content.len,
	    "-----BEGIN ", strlen("-----BEGIN ")) != NULL);
	bytes_release(&content);
	return is_one;
}

static enum lh_err
check_ca_text(struct span text, const char *what, struct lh_cause *cause)
{
	BIO *bio = BIO_new_mem_buf(text.ptr, (int)text.len);
	STACK_OF(X509_INFO) *found = NULL;
	bool has_cert = false;

	if (bio != NULL)
		found = PEM_X509_INFO_read_bio(bio, NULL, no_password, NULL);
	for (int i = 0; i < sk_X509_INFO_num(found); i++)
		if (sk_X509_INFO_value(found, i)->x509 != NULL)
			has_cert = true;
	sk_X509_INFO_pop_free(found, X509_INFO_free);
	BIO_free(bio);
	if (found == NULL)
		return tls_error(cause, what, "not PEM");
	ERR_clear_error();
	return has_cert ? LH_OK : tls_error(cause, what,
	    "no certificate in it");
}

static enum lh_err
check_pair(const char *cert_path, const char *key_path,
    struct lh_cause *cause)
{
	struct bytes cert_text, key_text;
	BIO *cert_bio = NULL, *key_bio = NULL;
	X509 *cert = NULL;
	EVP_PKEY *key = NULL;
	enum lh_err err;

	bytes_init(&cert_text, HTTP_CLIENT_MAX_CA_BYTES);
	bytes_init(&key_text, HTTP_CLIENT_MAX_CA_BYTES);
	err = read_pem(cert_path, &cert_bio, &cert_text, cause);
	if (err == LH_OK)
		err = read_pem(key_path, &key_bio, &key_text, cause);
	if (err != LH_OK)
		goto out;
	cert = PEM_read_bio_X509(cert_bio, NULL, no_password, NULL);
	key = PEM_read_bio_PrivateKey(key_bio, NULL, no_password, NULL);
	if (cert == NULL)
		err = tls_error(cause, cert_path, "no certificate in it");
	else if (key == NULL)
		err = tls_error(cause, key_path,
		    "no private key without a password in it");
	else if (X509_check_private_key(cert, key) != 1)
		err = tls_error(cause, key_path,
		    "does not belong to the client certificate");
out:
	EVP_PKEY_free(key);
	X509_free(cert);
	BIO_free(key_bio);
	BIO_free(cert_bio);
	bytes_release(&key_text);
	bytes_release(&cert_text);
	ERR_clear_error();
	return err;
}

static enum lh_err
read_pem(const char *path, BIO **bio_out, struct bytes *text,
    struct lh_cause *cause)
{
	if (file_read(path, text, cause) != LH_OK)
		return LH_ERR_TLS;
	if (text->len == 0)
		return tls_error(cause, path, "empty");
	*bio_out = BIO_new_mem_buf(text->data, (int)text->len);
	return *bio_out != NULL ? LH_OK : tls_error(cause, path, "no memory");
}

static enum lh_err
tls_error(struct lh_cause *cause, const char *what, const char *why)
{
	ERR_clear_error();
	lh_cause_set(cause, "%s: %s", what, why);
	return LH_ERR_TLS;
}

/* Without this OpenSSL would ask at the terminal. */
static int
no_password(char *buffer, int size, int writing, void *arg)
{
	return -1;
}
