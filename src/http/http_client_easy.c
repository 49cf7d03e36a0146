/*
 * http_client_easy - what curl's handles are told, and what they say.
 *
 * A handle is set up once and then serves one call after another without a
 * reset: only what differs from call to call is set again. Everything that
 * curl would take from its surroundings (proxies, .netrc, the default store of
 * certificates) is set, so that only our options count.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "http_client_parts.h"

#include <stdint.h>
#include <string.h>

/* A name that leads elsewhere is followed within these: by further connections,
 * and by those that are open already and would be used again. */
#define NAME_SECONDS 5L
#define CONNECTION_SECONDS 300L

static CURLcode		set_up_transport(CURL *,
			    const struct http_client_options *);
static CURLcode		set_up_trust(CURL *,
			    const struct http_client_options *, struct span);
static CURLcode		set_body(CURL *, const struct http_call_request *);
static bool		is_implied(const struct http_call_request *);
static enum lh_err	classify(const struct http_client_result *);
static enum lh_err	classify_tls(CURLcode);
static void		describe(const struct http_client_result *,
			    struct lh_cause *);

/* The first failure stays. */
#define SET(code, easy, option, value) do {				\
	if ((code) == CURLE_OK)						\
		(code) = curl_easy_setopt((easy), (option), (value));	\
} while (0)

enum lh_err
http_client_easy_set_up(CURL *easy, const struct http_client_options *options,
    struct span ca_pem)
{
	CURLcode code = CURLE_OK;

	SET(code, easy, CURLOPT_NOSIGNAL, 1L);
	SET(code, easy, CURLOPT_PROTOCOLS_STR, "http,https");
	SET(code, easy, CURLOPT_PATH_AS_IS, 1L);
	SET(code, easy, CURLOPT_FOLLOWLOCATION, 0L);
	SET(code, easy, CURLOPT_HTTP09_ALLOWED, 0L);
	SET(code, easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	if (code == CURLE_OK)
		code = set_up_transport(easy, options);
	if (code == CURLE_OK)
		code = set_up_trust(easy, options, ca_pem);
	return code == CURLE_OK ? LH_OK : LH_ERR_SYSTEM;
}

static CURLcode
set_up_transport(CURL *easy, const struct http_client_options *options)
{
	CURLcode code = CURLE_OK;

	SET(code, easy, CURLOPT_TCP_KEEPALIVE, 1L);
	SET(code, easy, CURLOPT_CONNECTTIMEOUT_MS,
	    (long)options->connect_timeout);
	SET(code, easy, CURLOPT_DNS_CACHE_TIMEOUT, NAME_SECONDS);
	/* Who gives up a look-up would wait for its thread, and the loop with
	 * it: for as long as no server of names answers. */
#if LIBCURL_VERSION_NUM >= 0x075700	/* 7.87.0 */
	SET(code, easy, CURLOPT_QUICK_EXIT, 1L);
#endif
#if LIBCURL_VERSION_NUM >= 0x075000	/* 7.80.0 */
	SET(code, easy, CURLOPT_MAXLIFETIME_CONN, CONNECTION_SECONDS);
#endif
	SET(code, easy, CURLOPT_FORBID_REUSE, (long)options->no_keep_alive);
	SET(code, easy, CURLOPT_HTTP_VERSION, options->no_keep_alive ?
	    (long)CURL_HTTP_VERSION_1_1 : (long)CURL_HTTP_VERSION_2TLS);
	if (options->unix_socket != NULL)
		SET(code, easy, CURLOPT_UNIX_SOCKET_PATH,
		    options->unix_socket);
	SET(code, easy, CURLOPT_PROXY,
	    options->proxy == NULL ? "" : options->proxy);
	SET(code, easy, CURLOPT_NOPROXY, "");
	SET(code, easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	return code;
}

static CURLcode
set_up_trust(CURL *easy, const struct http_client_options *options,
    struct span ca_pem)
{
	struct curl_blob blob = { (void *)(uintptr_t)ca_pem.ptr, ca_pem.len,
	    CURL_BLOB_NOCOPY };
	bool is_verified = !options->tls_skip_verify;
	CURLcode code = CURLE_OK;

	SET(code, easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	SET(code, easy, CURLOPT_SSL_VERIFYPEER, is_verified ? 1L : 0L);
	SET(code, easy, CURLOPT_SSL_VERIFYHOST, is_verified ? 2L : 0L);
	if (ca_pem.len > 0 || options->ca_file != NULL) {
		SET(code, easy, CURLOPT_CAPATH, NULL);
		SET(code, easy, CURLOPT_CAINFO,
		    ca_pem.len > 0 ? NULL : options->ca_file);
	}
	if (ca_pem.len > 0)
		SET(code, easy, CURLOPT_CAINFO_BLOB, &blob);
	if (options->client_cert != NULL) {
		SET(code, easy, CURLOPT_SSLCERT, options->client_cert);
		SET(code, easy, CURLOPT_SSLKEY, options->client_key);
	}
	return code;
}

enum lh_err
http_client_easy_set_call(CURL *easy, const struct http_client_request *made,
    const struct http_call_request *request)
{
	CURLcode code = set_body(easy, request);

	SET(code, easy, CURLOPT_CUSTOMREQUEST,
	    is_implied(request) ? NULL : made->method);
	SET(code, easy, CURLOPT_HTTPHEADER, made->fields);
	SET(code, easy, CURLOPT_CONNECT_TO, made->connect_to);
	return code == CURLE_OK ? LH_OK : LH_ERR_SYSTEM;
}

enum lh_err
http_client_easy_set_place(CURL *easy, const struct http_client_place *place,
    const struct http_client_request *made)
{
	CURLcode code = CURLE_OK;

	SET(code, easy, CURLOPT_CURLU, made->target == NULL ? NULL :
	    place->parsed);
	SET(code, easy, CURLOPT_REQUEST_TARGET, made->target);
	if (made->target == NULL)
		SET(code, easy, CURLOPT_URL, made->url);
	return code == CURLE_OK ? LH_OK : LH_ERR_SYSTEM;
}

/* A path may hold a token. The URL of a handle that is kept is the place's,
 * which curl would put together anew for each call. */
void
http_client_easy_forget_target(CURL *easy)
{
	(void)curl_easy_setopt(easy, CURLOPT_REQUEST_TARGET, NULL);
}

enum lh_err
http_client_easy_set_buffer(CURL *easy, long bytes)
{
	return curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, bytes) == CURLE_OK ?
	    LH_OK : LH_ERR_SYSTEM;
}

static CURLcode
set_body(CURL *easy, const struct http_call_request *request)
{
	CURLcode code = CURLE_OK;

	/* Undoes the body, or its absence, of the call before. */
	SET(code, easy, CURLOPT_HTTPGET, 1L);
	if (span_equal(request->method, SPAN_LITERAL("HEAD"))) {
		SET(code, easy, CURLOPT_NOBODY, 1L);
	} else if (http_client_request_tells_length(request)) {
		SET(code, easy, CURLOPT_POSTFIELDS,
		    request->body.len > 0 ? request->body.ptr : "");
		SET(code, easy, CURLOPT_POSTFIELDSIZE_LARGE,
		    (curl_off_t)request->body.len);
	}
	return code;
}

/* Would curl by itself choose this method, as set_body() leaves it? */
static bool
is_implied(const struct http_call_request *request)
{
	return span_equal(request->method,
	    http_client_request_tells_length(request) ?
	    SPAN_LITERAL("POST") : SPAN_LITERAL("GET"));
}

enum lh_err
http_client_easy_error(const struct http_client_result *result,
    struct lh_cause *cause)
{
	describe(result, cause);
	return classify(result);
}

static enum lh_err
classify(const struct http_client_result *result)
{
	enum lh_err broken = result->was_sent ? LH_ERR_UPSTREAM :
	    LH_ERR_UNREACHABLE;

	switch (result->code) {
	case CURLE_OPERATION_TIMEDOUT:
		return result->was_sent ? LH_ERR_TIMEOUT : LH_ERR_UNREACHABLE;
	case CURLE_URL_MALFORMAT:
	case CURLE_UNSUPPORTED_PROTOCOL:	/* or an answer of HTTP/0.9 */
		return result->was_sent ? LH_ERR_UPSTREAM : LH_ERR_FORMAT;
	case CURLE_OUT_OF_MEMORY:		/* or a line longer than curl takes */
		return result->was_sent ? LH_ERR_UPSTREAM : LH_ERR_LIMIT;
	default:
		return classify_tls(result->code) == LH_ERR_TLS ?
		    LH_ERR_TLS : broken;
	}
}

static enum lh_err
classify_tls(CURLcode code)
{
	switch (code) {
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_CIPHER:
	case CURLE_SSL_CLIENTCERT:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_CRL_BADFILE:
	case CURLE_SSL_ENGINE_INITFAILED:
	case CURLE_SSL_ENGINE_NOTFOUND:
	case CURLE_SSL_ENGINE_SETFAILED:
	case CURLE_SSL_INVALIDCERTSTATUS:
	case CURLE_SSL_ISSUER_ERROR:
	case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_USE_SSL_FAILED:
		return LH_ERR_TLS;
	default:
		return LH_OK;
	}
}

static void
describe(const struct http_client_result *result, struct lh_cause *cause)
{
	struct span target = result->target != NULL ?
	    span_of(result->target) :
	    http_client_request_authority(result->url);
	const char *why = result->curl_text;
	long number = 0;

	if (result->code == CURLE_COULDNT_CONNECT &&
	    curl_easy_getinfo(result->easy, CURLINFO_OS_ERRNO, &number) ==
	    CURLE_OK && number != 0)
		why = strerror((int)number);
	else if (why[0] == '\0' || result->code == CURLE_URL_MALFORMAT)
		why = curl_easy_strerror(result->code);
	lh_cause_set(cause, "%s %.*s: %s",
	    result->was_sent ? "request to" : "connect to",
	    (int)target.len, target.ptr, why);
}
