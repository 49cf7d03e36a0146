/*
 * http_tls - the context of OpenSSL behind a listener, and its sockets.
 *
 * HTTP/1.x is the one protocol offered; a client that names others only is
 * told so in the handshake. Sessions are resumed by tickets, nothing is kept
 * per client here. Idle connections hold no record buffers.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "http/http_tls.h"

#include <event2/bufferevent_ssl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "http_tls_socket.h"

struct http_tls {
	struct http_tls_options options;	/* with texts of our own */
	SSL_CTX *context;
};

static enum lh_err make_context(const struct http_tls_options *options,
    SSL_CTX **context_out, struct lh_cause *cause);
static enum lh_err set_versions(SSL_CTX *context,
    const struct http_tls_options *options, struct lh_cause *cause);
static enum lh_err load_identity(SSL_CTX *context,
    const struct http_tls_options *options, struct lh_cause *cause);
static enum lh_err load_client_ca(SSL_CTX *context,
    const struct http_tls_options *options, struct lh_cause *cause);
static enum lh_err fail(struct lh_cause *cause, const char *what,
    const char *name);
static int choose_protocol(SSL *ssl, const unsigned char **out,
    unsigned char *out_len, const unsigned char *in, unsigned in_len,
    void *arg);
static int no_password(char *text, int size, int writing, void *arg);

enum lh_err
http_tls_new(const struct http_tls_options *options, struct http_tls **tls_out,
    struct lh_cause *cause)
{
	struct http_tls *tls;
	SSL_CTX *context;
	enum lh_err err = make_context(options, &context, cause);

	if (err != LH_OK)
		return err;
	tls = xcalloc(1, sizeof(*tls));
	tls->options = *options;
	tls->options.cert_file = xstrdup(options->cert_file);
	tls->options.key_file = xstrdup(options->key_file);
	tls->options.client_ca_file = xstrdup(options->client_ca_file);
	tls->options.ciphers = xstrdup(options->ciphers);
	tls->context = context;
	*tls_out = tls;
	return LH_OK;
}

enum lh_err
http_tls_reload(struct http_tls *tls, struct lh_cause *cause)
{
	SSL_CTX *context;
	enum lh_err err = make_context(&tls->options, &context, cause);

	if (err != LH_OK)
		return err;
	SSL_CTX_free(tls->context);
	tls->context = context;
	return LH_OK;
}

void
http_tls_free(struct http_tls *tls)
{
	if (tls == NULL)
		return;
	SSL_CTX_free(tls->context);
	free((char *)tls->options.cert_file);
	free((char *)tls->options.key_file);
	free((char *)tls->options.client_ca_file);
	free((char *)tls->options.ciphers);
	free(tls);
}

struct bufferevent *
http_tls_socket_new(struct http_tls *tls, struct event_base *base, int fd)
{
	SSL *ssl = SSL_new(tls->context);
	struct bufferevent *bev;

	if (ssl == NULL)
		return NULL;
	bev = bufferevent_openssl_socket_new(base, fd, ssl,
	    BUFFEREVENT_SSL_ACCEPTING,
	    BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS);
	if (bev == NULL)
		return NULL;	/* which has freed ssl */
	bufferevent_openssl_set_allow_dirty_shutdown(bev, 1);
	return bev;
}

void
http_tls_socket_goodbye(struct bufferevent *bev)
{
	SSL *ssl = bufferevent_openssl_get_ssl(bev);

	/* One try: a socket without room for it is being left anyway. */
	if (SSL_is_init_finished(ssl) && SSL_shutdown(ssl) < 0)
		ERR_clear_error();
}

void
http_tls_socket_error(struct bufferevent *bev, char *text, size_t size)
{
	unsigned long code = bufferevent_get_openssl_error(bev);

	if (code == 0)
		snprintf(text, size, "connection lost");
	else
		ERR_error_string_n(code, text, size);
	ERR_clear_error();
}

static enum lh_err
make_context(const struct http_tls_options *options, SSL_CTX **context_out,
    struct lh_cause *cause)
{
	SSL_CTX *context;
	enum lh_err err;

	ERR_clear_error();
	context = SSL_CTX_new(TLS_server_method());
	if (context == NULL)
		return fail(cause, "TLS cannot be had", "OpenSSL");
	SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION |
	    SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
	SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_session_id_context(context,
	    (const unsigned char *)"leasehold", strlen("leasehold"));
	SSL_CTX_set_alpn_select_cb(context, choose_protocol, NULL);
	SSL_CTX_set_default_passwd_cb(context, no_password);
	err = set_versions(context, options, cause);
	if (err == LH_OK)
		err = load_identity(context, options, cause);
	if (err == LH_OK)
		err = load_client_ca(context, options, cause);
	if (err != LH_OK) {
		SSL_CTX_free(context);
		return err;
	}
	*context_out = context;
	return LH_OK;
}

static enum lh_err
set_versions(SSL_CTX *context, const struct http_tls_options *options,
    struct lh_cause *cause)
{
	int min = options->min_version != 0 ? options->min_version :
	    TLS1_2_VERSION;

	/* OpenSSL has the versions before 1.2 at level 0 only. */
	if (min < TLS1_2_VERSION)
		SSL_CTX_set_security_level(context, 0);
	if (SSL_CTX_set_min_proto_version(context, min) != 1 ||
	    SSL_CTX_set_max_proto_version(context, options->max_version) != 1)
		return fail(cause, "TLS version", "not supported");
	if (options->ciphers != NULL &&
	    SSL_CTX_set_cipher_list(context, options->ciphers) != 1)
		return fail(cause, "TLS ciphers", options->ciphers);
	return LH_OK;
}

static enum lh_err
load_identity(SSL_CTX *context, const struct http_tls_options *options,
    struct lh_cause *cause)
{
	if (SSL_CTX_use_certificate_chain_file(context,
	    options->cert_file) != 1)
		return fail(cause, "TLS certificate", options->cert_file);
	if (SSL_CTX_use_PrivateKey_file(context, options->key_file,
	    SSL_FILETYPE_PEM) != 1)
		return fail(cause, "TLS key", options->key_file);
	if (SSL_CTX_check_private_key(context) != 1)
		return fail(cause, "TLS key does not fit the certificate",
		    options->key_file);
	return LH_OK;
}

static enum lh_err
load_client_ca(SSL_CTX *context, const struct http_tls_options *options,
    struct lh_cause *cause)
{
	const char *file = options->client_ca_file;
	int mode = SSL_VERIFY_PEER;
	STACK_OF(X509_NAME) *names;

	if (file == NULL && options->require_client_cert) {
		lh_cause_set(cause, "TLS client certificates are required, "
		    "but no file of client CAs is set");
		return LH_ERR_CONFIG;
	}
	if (file == NULL)
		return LH_OK;
	names = SSL_load_client_CA_file(file);
	if (names == NULL)
		return fail(cause, "TLS client CA", file);
	SSL_CTX_set_client_CA_list(context, names);
	if (SSL_CTX_load_verify_locations(context, file, NULL) != 1)
		return fail(cause, "TLS client CA", file);
	if (options->require_client_cert)
		mode |= SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
	SSL_CTX_set_verify(context, mode, NULL);
	return LH_OK;
}

static enum lh_err
fail(struct lh_cause *cause, const char *what, const char *name)
{
	unsigned long code = ERR_peek_error();
	const char *reason = ERR_reason_error_string(code);

	if (ERR_SYSTEM_ERROR(code))
		reason = strerror(ERR_GET_REASON(code));
	lh_cause_set(cause, "%s: %s: %s", what, name,
	    reason == NULL ? "refused" : reason);
	ERR_clear_error();
	return LH_ERR_TLS;
}

static int
choose_protocol(SSL *ssl, const unsigned char **out, unsigned char *out_len,
    const unsigned char *in, unsigned in_len, void *arg)
{
	static const unsigned char ours[] = "\x08http/1.1\x08http/1.0";
	unsigned char *chosen;

	if (SSL_select_next_proto(&chosen, out_len, ours, sizeof(ours) - 1,
	    in, in_len) != OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	*out = chosen;
	return SSL_TLSEXT_ERR_OK;
}

/* Nobody is there to be asked. */
static int
no_password(char *text, int size, int writing, void *arg)
{
	return 0;
}
