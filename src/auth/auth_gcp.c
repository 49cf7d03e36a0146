/*
 * auth_gcp - login as a Google Cloud instance or service account.
 *
 *	gce                      -> IDENTITY -> login
 *	iam, own key             -> login: the key signs for itself
 *	iam, own key for another -> GRANT -> SIGNING -> login
 *	iam, no key              -> TOKEN [-> EMAIL] -> SIGNING -> login
 *
 * gce: the instance's metadata service vouches for the instance. iam: a token
 * signed in the name of a service account, by its key, or by Google for those
 * whom it lets act for the account.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include <stdlib.h>
#include <string.h>

#include "auth_body.h"
#include "auth_credential.h"
#include "auth_encode.h"
#include "auth_types.h"
#include "auth_web.h"
#include "base/lh_assert.h"
#include "base/parse.h"
#include "base/xalloc.h"
#include "gcp_key.h"

#define METADATA_ENDPOINT "http://metadata.google.internal"
#define ACCOUNTS "/computeMetadata/v1/instance/service-accounts/"
#define IAM_ENDPOINT "https://iamcredentials.googleapis.com"
#define TOKEN_URL "https://oauth2.googleapis.com/token"
#define TOKEN_SCOPE "https://www.googleapis.com/auth/cloud-platform"
#define GRANT_TYPE "urn:ietf:params:oauth:grant-type:jwt-bearer"
#define GRANT_LIFE_S (10 * 60)
#define MAX_LIFE_S (60 * 60)

enum gcp_phase {
	GCP_READY,
	GCP_IDENTITY,
	GCP_GRANT,
	GCP_TOKEN,
	GCP_EMAIL,
	GCP_SIGNING
};

struct gcp {
	char *login_path;
	char *role;
	bool is_gce;
	char *account;			/* NULL: find out */
	char *audience;
	int64_t life_s;			/* of a token we let be signed */
	char *metadata_endpoint;	/* NULL: the usual ones */
	char *iam_endpoint;
	char *token_url;

	struct secret *key_text;	/* configured; NULL: a file, or none */
	struct auth_credential key_file;	/* path NULL: none */
	struct gcp_key key;

	enum gcp_phase phase;
	char *url;
	struct http_field fields[2];
	struct secret *email;		/* who is to sign */
	struct secret *bearer;		/* "Bearer ..." */
	struct secret *jwt;
	struct secret *body;
};

static enum lh_err gcp_new(const struct auth_method_options *options,
    void **state_out, struct lh_cause *cause);
static enum lh_err set_all(struct gcp *gcp,
    const struct auth_method_options *options, struct lh_cause *cause);
static enum lh_err set_life(struct gcp *gcp, const char *text,
    struct lh_cause *cause);
static enum lh_err set_key_place(struct gcp *gcp, const char *configured,
    struct lh_cause *cause);
static void gcp_free(void *state);
static enum lh_err gcp_begin(void *state, struct auth_request *request,
    enum auth_step *step_out, struct lh_cause *cause);
static enum lh_err gcp_answer(void *state, struct span body,
    struct auth_request *request, enum auth_step *step_out,
    struct lh_cause *cause);
static bool gcp_changed(void *state);
static bool has_key(const struct gcp *gcp);
static enum lh_err begin_with_key(struct gcp *gcp,
    struct auth_request *request, enum auth_step *step_out,
    struct lh_cause *cause);
static struct gcp_claims claims_for_vault(const struct gcp *gcp,
    const char *subject, wall_ms now);
static void ask_metadata(struct gcp *gcp, enum gcp_phase phase,
    struct auth_request *request);
static enum lh_err ask_grant(struct gcp *gcp, struct auth_request *request,
    struct lh_cause *cause);
static enum lh_err take_bearer(struct gcp *gcp, struct span body,
    struct lh_cause *cause);
static enum lh_err ask_signing(struct gcp *gcp,
    struct auth_request *request, struct lh_cause *cause);
static enum lh_err take_signed(struct gcp *gcp, struct span body,
    struct lh_cause *cause);
static enum lh_err log_in(struct gcp *gcp, struct auth_request *request,
    enum auth_step *step_out, struct lh_cause *cause);

static const struct auth_key gcp_keys[] = {
	{ "type", AUTH_KEY_TEXT, true, NULL,
	    "What logs in: gce, this instance, or iam, a service account." },
	{ "role", AUTH_KEY_TEXT, true, NULL,
	    "Role to log in to." },
	{ "credentials", AUTH_KEY_SECRET, false, NULL,
	    "Key of a service account for type iam: its JSON, or the file "
	    "that holds it; else GOOGLE_APPLICATION_CREDENTIALS names one, or "
	    "the metadata service is asked." },
	{ "service_account", AUTH_KEY_TEXT, false, NULL,
	    "Service account to log in as, when it is not that of the key or "
	    "the default one of the instance." },
	{ "project", AUTH_KEY_TEXT, false, NULL,
	    "Of no effect: accounts are known by their address." },
	{ "jwt_exp", AUTH_KEY_TEXT, false, "15",
	    "Life of a token that is signed for type iam: minutes, or a "
	    "duration." },
	{ "metadata_endpoint", AUTH_KEY_TEXT, false, NULL,
	    "Address of the instance's metadata service." },
	{ "iam_endpoint", AUTH_KEY_TEXT, false, NULL,
	    "Address of the service that signs for service accounts." },
	{ "token_endpoint", AUTH_KEY_TEXT, false, NULL,
	    "Address of the token service, with its path." },
	{ NULL, AUTH_KEY_TEXT, false, NULL, NULL }
};

const struct auth_method_type auth_gcp_type = {
	.name = "gcp",
	.keys = gcp_keys,
	.new = gcp_new,
	.free = gcp_free,
	.begin = gcp_begin,
	.answer = gcp_answer,
	.changed = gcp_changed
};

static enum lh_err
gcp_new(const struct auth_method_options *options, void **state_out,
    struct lh_cause *cause)
{
	const char *type = auth_setting(options, "type");
	struct gcp *gcp;
	enum lh_err err;

	if (strcmp(type, "gce") != 0 && strcmp(type, "iam") != 0) {
		lh_cause_set(cause, "type must be \"gce\" or \"iam\"");
		return LH_ERR_CONFIG;
	}
	gcp = xcalloc(1, sizeof(*gcp));
	gcp->is_gce = strcmp(type, "gce") == 0;
	err = set_all(gcp, options, cause);
	if (err != LH_OK) {
		gcp_free(gcp);
		return err;
	}
	*state_out = gcp;
	return LH_OK;
}

static enum lh_err
set_all(struct gcp *gcp, const struct auth_method_options *options,
    struct lh_cause *cause)
{
	enum lh_err err;

	gcp->role = xstrdup(auth_setting(options, "role"));
	gcp->account = xstrdup(auth_setting(options, "service_account"));
	gcp->audience = xasprintf("http://vault/%s", gcp->role);
	err = auth_body_login_path(options, NULL, &gcp->login_path, cause);
	if (err == LH_OK)
		err = set_life(gcp, auth_setting(options, "jwt_exp"), cause);
	if (err == LH_OK)
		err = auth_web_endpoint(options, "metadata_endpoint",
		    &gcp->metadata_endpoint, cause);
	if (err == LH_OK)
		err = auth_web_endpoint(options, "iam_endpoint",
		    &gcp->iam_endpoint, cause);
	if (err == LH_OK)
		err = auth_web_endpoint(options, "token_endpoint",
		    &gcp->token_url, cause);
	if (err == LH_OK && !gcp->is_gce)
		err = set_key_place(gcp, auth_setting(options,
		    "credentials"), cause);
	return err;
}

/* A number alone is minutes, as the incumbents have it. */
static enum lh_err
set_life(struct gcp *gcp, const char *text, struct lh_cause *cause)
{
	uint64_t minutes;
	span_ms life;
	enum lh_err err;

	err = parse_uint(span_of(text), MAX_LIFE_S / 60, &minutes);
	if (err == LH_OK)
		gcp->life_s = (int64_t)minutes * 60;
	else if (err == LH_ERR_FORMAT &&
	    parse_duration(span_of(text), &life) == LH_OK)
		gcp->life_s = life / 1000;
	if (gcp->life_s > 0 && gcp->life_s <= MAX_LIFE_S)
		return LH_OK;
	lh_cause_set(cause, "jwt_exp must be minutes or a duration of at "
	    "most an hour");
	return LH_ERR_CONFIG;
}

static enum lh_err
set_key_place(struct gcp *gcp, const char *configured,
    struct lh_cause *cause)
{
	const char *place = configured == NULL ?
	    auth_web_environment("GOOGLE_APPLICATION_CREDENTIALS") :
	    configured;
	struct span text = span_trim(span_of(place));

	if (text.len == 0)
		return LH_OK;
	if (text.ptr[0] != '{') {
		auth_credential_init(&gcp->key_file, place);
		return LH_OK;
	}
	gcp->key_text = secret_new(text);
	if (gcp->key_text == NULL) {
		lh_cause_set(cause, "credentials are too long");
		return LH_ERR_CONFIG;
	}
	return LH_OK;
}

static void
gcp_free(void *state)
{
	struct gcp *gcp = state;

	free(gcp->login_path);
	free(gcp->role);
	free(gcp->account);
	free(gcp->audience);
	free(gcp->metadata_endpoint);
	free(gcp->iam_endpoint);
	free(gcp->token_url);
	secret_unref(&gcp->key_text);
	auth_credential_release(&gcp->key_file);
	gcp_key_release(&gcp->key);
	free(gcp->url);
	secret_unref(&gcp->email);
	secret_unref(&gcp->bearer);
	secret_unref(&gcp->jwt);
	secret_unref(&gcp->body);
	free(gcp);
}

static enum lh_err
gcp_begin(void *state, struct auth_request *request,
    enum auth_step *step_out, struct lh_cause *cause)
{
	struct gcp *gcp = state;

	gcp->phase = GCP_READY;
	if (has_key(gcp))
		return begin_with_key(gcp, request, step_out, cause);
	ask_metadata(gcp, gcp->is_gce ? GCP_IDENTITY : GCP_TOKEN, request);
	*step_out = AUTH_STEP_ASK_ELSEWHERE;
	return LH_OK;
}

static enum lh_err
gcp_answer(void *state, struct span body, struct auth_request *request,
    enum auth_step *step_out, struct lh_cause *cause)
{
	struct gcp *gcp = state;
	enum gcp_phase phase = gcp->phase;
	enum lh_err err = LH_OK;

	lh_assert(phase != GCP_READY);
	gcp->phase = GCP_READY;
	*step_out = AUTH_STEP_ASK_ELSEWHERE;
	switch (phase) {
	case GCP_IDENTITY:
		err = auth_web_line(body, "the instance's identity",
		    &gcp->jwt, cause);
		break;
	case GCP_EMAIL:
		err = auth_web_line(body, "the instance's service account",
		    &gcp->email, cause);
		return err == LH_OK ? ask_signing(gcp, request, cause) : err;
	case GCP_SIGNING:
		err = take_signed(gcp, body, cause);
		break;
	default:
		err = take_bearer(gcp, body, cause);
		if (err != LH_OK)
			return err;
		if (gcp->account != NULL)
			return ask_signing(gcp, request, cause);
		ask_metadata(gcp, GCP_EMAIL, request);
		return LH_OK;
	}
	return err == LH_OK ? log_in(gcp, request, step_out, cause) : err;
}

static bool
gcp_changed(void *state)
{
	struct gcp *gcp = state;

	return gcp->key_file.path != NULL &&
	    auth_credential_changed(&gcp->key_file);
}

static bool
has_key(const struct gcp *gcp)
{
	return gcp->key_text != NULL || gcp->key_file.path != NULL;
}

/* A key signs for its own account; to act for another one it has to ask. */
static enum lh_err
begin_with_key(struct gcp *gcp, struct auth_request *request,
    enum auth_step *step_out, struct lh_cause *cause)
{
	struct secret *text = gcp->key_text;
	struct gcp_claims claims;
	const char *email;
	enum lh_err err = LH_OK;

	if (text == NULL) {
		err = auth_credential_read(&gcp->key_file, cause);
		text = gcp->key_file.secret;
	}
	if (err == LH_OK)
		err = gcp_key_read(&gcp->key, secret_lend(text), cause);
	if (err != LH_OK)
		return err;
	email = secret_lend(gcp->key.email).ptr;
	if (gcp->account != NULL && strcmp(gcp->account, email) != 0) {
		*step_out = AUTH_STEP_ASK_ELSEWHERE;
		return ask_grant(gcp, request, cause);
	}
	claims = claims_for_vault(gcp, email, request->now);
	err = gcp_key_sign(&gcp->key, &claims, &gcp->jwt, cause);
	return err == LH_OK ? log_in(gcp, request, step_out, cause) : err;
}

static struct gcp_claims
claims_for_vault(const struct gcp *gcp, const char *subject, wall_ms now)
{
	return (struct gcp_claims){ .subject = subject,
	    .audience = gcp->audience,
	    .expires_s = now / 1000 + gcp->life_s };
}

static void
ask_metadata(struct gcp *gcp, enum gcp_phase phase,
    struct auth_request *request)
{
	const char *endpoint = gcp->metadata_endpoint == NULL ?
	    METADATA_ENDPOINT : gcp->metadata_endpoint;
	char *audience = auth_encode_percent(gcp->audience);
	char *account = auth_encode_percent(gcp->is_gce &&
	    gcp->account != NULL ? gcp->account : "default");
	struct auth_web_question question = {
		.verb = SPAN_LITERAL("GET"),
		.fields = { gcp->fields, 1 }
	};

	gcp->fields[0] = (struct http_field){
	    SPAN_LITERAL("Metadata-Flavor"), SPAN_LITERAL("Google") };
	if (phase == GCP_IDENTITY) {
		question.url = xasprintf("%s%s%s/identity?audience=%s"
		    "&format=full", endpoint, ACCOUNTS, account, audience);
		question.what = "the instance's identity";
	} else {
		question.url = xasprintf("%s%s%s/%s", endpoint, ACCOUNTS,
		    account, phase == GCP_TOKEN ? "token" : "email");
		question.what = phase == GCP_TOKEN ? "an access token" :
		    "the instance's service account";
	}
	auth_web_ask(request, &gcp->url, &question);
	gcp->phase = phase;
	free(audience);
	free(account);
}

/* An access token for the account of the key. */
static enum lh_err
ask_grant(struct gcp *gcp, struct auth_request *request,
    struct lh_cause *cause)
{
	const char *url = gcp->token_url;
	struct gcp_claims claims = {
		.issuer = secret_lend(gcp->key.email).ptr,
		.scope = TOKEN_SCOPE,
		.issued_s = request->now / 1000,
		.expires_s = request->now / 1000 + GRANT_LIFE_S
	};
	enum lh_err err;

	if (url == NULL)
		url = gcp->key.token_url == NULL ? TOKEN_URL :
		    secret_lend(gcp->key.token_url).ptr;
	if (strncmp(url, "https://", 8) != 0 && url != gcp->token_url) {
		lh_cause_set(cause, "token_uri of the credentials is no "
		    "https address");
		return LH_ERR_FORMAT;
	}
	claims.audience = url;
	err = gcp_key_sign(&gcp->key, &claims, &gcp->jwt, cause);
	if (err == LH_OK)
		err = auth_encode_form(&gcp->body,
		    (const struct auth_member[]){
		    { "grant_type", SPAN_LITERAL(GRANT_TYPE) },
		    { "assertion", secret_lend(gcp->jwt) },
		    { NULL, SPAN_NONE } }, cause);
	if (err != LH_OK)
		return err;
	gcp->fields[0] = (struct http_field){ SPAN_LITERAL("Content-Type"),
	    SPAN_LITERAL("application/x-www-form-urlencoded") };
	auth_web_ask(request, &gcp->url, &(struct auth_web_question){
	    SPAN_LITERAL("POST"), xstrdup(url), "an access token",
	    { gcp->fields, 1 }, gcp->body });
	gcp->phase = GCP_GRANT;
	return LH_OK;
}

static enum lh_err
take_bearer(struct gcp *gcp, struct span body, struct lh_cause *cause)
{
	struct secret *token = auth_web_member(body, "access_token");
	struct bytes text;
	enum lh_err err = LH_ERR_FORMAT;

	bytes_init(&text, SECRET_MAX_BYTES);
	if (token != NULL && secret_lend(token).len > 0)
		err = bytes_append_span(&text, SPAN_LITERAL("Bearer "));
	if (err == LH_OK)
		err = bytes_append_span(&text, secret_lend(token));
	if (err == LH_OK)
		err = auth_web_line(bytes_span(&text), "an access token",
		    &gcp->bearer, cause);
	else
		lh_cause_set(cause, "what came as an access token is not "
		    "understood");
	bytes_release(&text);
	secret_unref(&token);
	return err;
}

static enum lh_err
ask_signing(struct gcp *gcp, struct auth_request *request,
    struct lh_cause *cause)
{
	const char *email = gcp->account != NULL ? gcp->account :
	    secret_lend(gcp->email).ptr;
	struct gcp_claims claims = claims_for_vault(gcp, email,
	    request->now);
	struct secret *payload = NULL;
	char *account;
	enum lh_err err;

	err = gcp_key_claims(&claims, &payload, cause);
	if (err == LH_OK)
		err = auth_body_set(&gcp->body, (const struct auth_member[]){
		    { "payload", secret_lend(payload) },
		    { NULL, SPAN_NONE } }, cause);
	secret_unref(&payload);
	if (err != LH_OK)
		return err;
	gcp->fields[0] = (struct http_field){ SPAN_LITERAL("Authorization"),
	    secret_lend(gcp->bearer) };
	gcp->fields[1] = (struct http_field){ SPAN_LITERAL("Content-Type"),
	    SPAN_LITERAL("application/json") };
	account = auth_encode_percent(email);
	auth_web_ask(request, &gcp->url, &(struct auth_web_question){
	    SPAN_LITERAL("POST"), xasprintf("%s/v1/projects/-/"
	    "serviceAccounts/%s:signJwt", gcp->iam_endpoint == NULL ?
	    IAM_ENDPOINT : gcp->iam_endpoint, account), "a signed token",
	    { gcp->fields, 2 }, gcp->body });
	gcp->phase = GCP_SIGNING;
	free(account);
	return LH_OK;
}

static enum lh_err
take_signed(struct gcp *gcp, struct span body, struct lh_cause *cause)
{
	struct secret *jwt = auth_web_member(body, "signedJwt");
	enum lh_err err = auth_web_line(secret_lend(jwt), "a signed token",
	    &gcp->jwt, cause);

	secret_unref(&jwt);
	return err;
}

static enum lh_err
log_in(struct gcp *gcp, struct auth_request *request,
    enum auth_step *step_out, struct lh_cause *cause)
{
	enum lh_err err = auth_body_set(&gcp->body,
	    (const struct auth_member[]){
	    { "role", span_of(gcp->role) },
	    { "jwt", secret_lend(gcp->jwt) },
	    { NULL, SPAN_NONE } }, cause);

	if (err != LH_OK)
		return err;
	auth_body_login(request, gcp->login_path, gcp->body);
	request->credential = gcp->key.pem;
	*step_out = AUTH_STEP_LOGIN;
	return LH_OK;
}
