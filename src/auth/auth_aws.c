/*
 * auth_aws - login as an AWS principal (type iam).
 *
 * Vault gets a signed request to AWS's GetCallerIdentity and sends it to AWS
 * by itself; who the answer says signed it has logged in. The signature covers
 * the host, the time and the name of the Vault server it is meant for.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auth_body.h"
#include "auth_encode.h"
#include "auth_types.h"
#include "auth_web.h"
#include "aws_sigv4.h"
#include "aws_source.h"
#include "base/xalloc.h"

#define BODY "Action=GetCallerIdentity&Version=2011-06-15"
#define BODY_LENGTH "43"
#define SERVER_FIELD "X-Vault-AWS-IAM-Server-ID"
#define MAX_FIELDS 7

_Static_assert(sizeof(BODY) - 1 == 43, "BODY_LENGTH tells it");

struct aws {
	char *login_path;
	char *role;
	char *region;
	char *server_id;		/* NULL: none is signed */
	char *sts_url;			/* ends in a slash */
	struct aws_source *source;
	struct secret *body;
};

static enum lh_err aws_new(const struct auth_method_options *options,
    void **state_out, struct lh_cause *cause);
static enum lh_err check_settings(const struct auth_method_options *options,
    struct lh_cause *cause);
static bool is_region(struct span region);
static enum lh_err set_sts_url(struct aws *aws,
    const struct auth_method_options *options, struct lh_cause *cause);
static void aws_free(void *state);
static enum lh_err aws_begin(void *state, struct auth_request *request,
    enum auth_step *step_out, struct lh_cause *cause);
static enum lh_err aws_answer(void *state, struct span body,
    struct auth_request *request, enum auth_step *step_out,
    struct lh_cause *cause);
static bool aws_changed(void *state);
static enum lh_err go_on(struct aws *aws, bool ready,
    struct auth_request *request, enum auth_step *step_out,
    struct lh_cause *cause);
static enum lh_err make_headers(const struct aws *aws, wall_ms now,
    struct bytes *into, struct lh_cause *cause);
static enum lh_err encode_headers(struct http_fields fields,
    struct bytes *into, struct lh_cause *cause);
static enum lh_err make_body(struct aws *aws, struct span headers,
    struct lh_cause *cause);

static const struct auth_key aws_keys[] = {
	{ "type", AUTH_KEY_TEXT, true, NULL,
	    "What logs in: iam; ec2 is not built." },
	{ "role", AUTH_KEY_TEXT, true, NULL,
	    "Role to log in to." },
	{ "access_key", AUTH_KEY_SECRET, false, NULL,
	    "Access key id; without it the environment, a web identity, the "
	    "shared file, the container and the instance are asked." },
	{ "secret_key", AUTH_KEY_SECRET, false, NULL,
	    "Secret access key that belongs to access_key." },
	{ "session_token", AUTH_KEY_SECRET, false, NULL,
	    "Session token that belongs to access_key." },
	{ "region", AUTH_KEY_TEXT, false, "us-east-1",
	    "Region of the signature and of the token service." },
	{ "header_value", AUTH_KEY_TEXT, false, NULL,
	    "Value of " SERVER_FIELD ", which is signed." },
	{ "nonce", AUTH_KEY_TEXT, false, NULL,
	    "Belongs to type ec2; of no effect." },
	{ "credential_poll_interval", AUTH_KEY_DURATION, false, "60s",
	    "Time between looks for new credentials in files." },
	{ "sts_endpoint", AUTH_KEY_TEXT, false, NULL,
	    "Address of the token service, instead of that of the region." },
	{ "imds_endpoint", AUTH_KEY_TEXT, false, NULL,
	    "Address of the instance's metadata service." },
	{ NULL, AUTH_KEY_TEXT, false, NULL, NULL }
};

const struct auth_method_type auth_aws_type = {
	.name = "aws",
	.keys = aws_keys,
	.new = aws_new,
	.free = aws_free,
	.begin = aws_begin,
	.answer = aws_answer,
	.changed = aws_changed
};

static enum lh_err
aws_new(const struct auth_method_options *options, void **state_out,
    struct lh_cause *cause)
{
	struct aws *aws;
	enum lh_err err;

	err = check_settings(options, cause);
	if (err != LH_OK)
		return err;
	aws = xcalloc(1, sizeof(*aws));
	aws->role = xstrdup(auth_setting(options, "role"));
	aws->region = xstrdup(auth_setting(options, "region"));
	aws->server_id = xstrdup(auth_setting(options, "header_value"));
	err = auth_body_login_path(options, NULL, &aws->login_path, cause);
	if (err == LH_OK)
		err = set_sts_url(aws, options, cause);
	if (err == LH_OK)
		err = aws_source_new(options, aws->sts_url,
		    &aws->source, cause);
	if (err != LH_OK) {
		aws_free(aws);
		return err;
	}
	*state_out = aws;
	return LH_OK;
}

static enum lh_err
check_settings(const struct auth_method_options *options, struct lh_cause *cause)
{
	const char *type = auth_setting(options, "type");
	struct span server = span_of(auth_setting(options, "header_value"));

	if (strcmp(type, "ec2") == 0)
		lh_cause_set(cause, "type \"ec2\" of the aws method is not "
		    "built; use \"iam\"");
	else if (strcmp(type, "iam") != 0)
		lh_cause_set(cause, "type must be \"iam\"");
	else if (!is_region(span_of(auth_setting(options, "region"))))
		lh_cause_set(cause, "region holds letters, digits and - "
		    "alone");
	else if (server.ptr != NULL && !http_is_field_value(server))
		lh_cause_set(cause, "header_value cannot stand in a header");
	else
		return LH_OK;
	return LH_ERR_CONFIG;
}

static bool
is_region(struct span region)
{
	for (size_t i = 0; i < region.len; i++) {
		char c = region.ptr[i];

		if ((c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-')
			return false;
	}
	return region.len < 64;
}

/* us-east-1 has the global address, as Vault expects when it is told none. */
static enum lh_err
set_sts_url(struct aws *aws, const struct auth_method_options *options,
    struct lh_cause *cause)
{
	const char *suffix = strncmp(aws->region, "cn-", 3) == 0 ? ".cn" : "";
	char *endpoint;
	enum lh_err err = auth_web_endpoint(options, "sts_endpoint",
	    &endpoint, cause);

	if (err != LH_OK)
		return err;
	if (endpoint != NULL)
		aws->sts_url = xasprintf("%s/", endpoint);
	else if (strcmp(aws->region, "us-east-1") == 0)
		aws->sts_url = xstrdup("https://sts.amazonaws.com/");
	else
		aws->sts_url = xasprintf("https://sts.%s.amazonaws.com%s/",
		    aws->region, suffix);
	free(endpoint);
	return LH_OK;
}

static void
aws_free(void *state)
{
	struct aws *aws = state;

	aws_source_free(aws->source);
	free(aws->login_path);
	free(aws->role);
	free(aws->region);
	free(aws->server_id);
	free(aws->sts_url);
	secret_unref(&aws->body);
	free(aws);
}

static enum lh_err
aws_begin(void *state, struct auth_request *request,
    enum auth_step *step_out, struct lh_cause *cause)
{
	struct aws *aws = state;
	bool ready;
	enum lh_err err;

	err = aws_source_begin(aws->source, request, &ready, cause);
	return err == LH_OK ? go_on(aws, ready, request, step_out, cause) :
	    err;
}

static enum lh_err
aws_answer(void *state, struct span body, struct auth_request *request,
    enum auth_step *step_out, struct lh_cause *cause)
{
	struct aws *aws = state;
	bool ready;
	enum lh_err err;

	err = aws_source_answer(aws->source, body, request, &ready, cause);
	return err == LH_OK ? go_on(aws, ready, request, step_out, cause) :
	    err;
}

static bool
aws_changed(void *state)
{
	struct aws *aws = state;

	return aws_source_changed(aws->source);
}

static enum lh_err
go_on(struct aws *aws, bool ready, struct auth_request *request,
    enum auth_step *step_out, struct lh_cause *cause)
{
	const struct aws_credentials *credentials;
	struct bytes headers;
	enum lh_err err;

	if (!ready) {
		*step_out = AUTH_STEP_ASK_ELSEWHERE;
		return LH_OK;
	}
	bytes_init(&headers, SECRET_MAX_BYTES);
	err = make_headers(aws, request->now, &headers, cause);
	if (err == LH_OK)
		err = make_body(aws, bytes_span(&headers), cause);
	bytes_release(&headers);
	if (err != LH_OK)
		return err;
	auth_body_login(request, aws->login_path, aws->body);
	/* Temporary keys are others at each login: no news for a log. */
	credentials = aws_source_credentials(aws->source);
	if (credentials->session_token == NULL)
		request->credential = credentials->access_key;
	*step_out = AUTH_STEP_LOGIN;
	return LH_OK;
}

/* Appends the fields of the signed request, as JSON, in base64. */
static enum lh_err
make_headers(const struct aws *aws, wall_ms now, struct bytes *into,
    struct lh_cause *cause)
{
	const struct aws_credentials *keys = aws_source_credentials(aws->source);
	const char *host = strstr(aws->sts_url, "://") + 3;
	char date[AWS_SIGV4_DATE_SIZE];
	struct http_field fields[MAX_FIELDS] = {
		{ SPAN_LITERAL("Content-Length"), SPAN_LITERAL(BODY_LENGTH) },
		{ SPAN_LITERAL("Content-Type"), SPAN_LITERAL(
		    "application/x-www-form-urlencoded; charset=utf-8") },
		{ SPAN_LITERAL("Host"), { host, strcspn(host, "/") } },
		{ SPAN_LITERAL("X-Amz-Date"), { date, sizeof(date) - 1 } },
	};
	struct aws_sigv4_request request = {
		SPAN_LITERAL("POST"), span_of(host + strcspn(host, "/")),
		{ fields, 4 }, SPAN_LITERAL(BODY)
	};
	struct bytes authorization;
	enum lh_err err;

	if (keys->session_token != NULL)
		fields[request.fields.count++] = (struct http_field){
		    SPAN_LITERAL("X-Amz-Security-Token"),
		    secret_lend(keys->session_token) };
	if (aws->server_id != NULL)
		fields[request.fields.count++] = (struct http_field){
		    SPAN_LITERAL(SERVER_FIELD), span_of(aws->server_id) };
	aws_sigv4_date(now, date);
	bytes_init(&authorization, SECRET_MAX_BYTES);
	err = aws_sigv4_authorization(&request, &(struct aws_sigv4_signer){
	    secret_lend(keys->access_key), secret_lend(keys->secret_key),
	    aws->region, "sts", now }, &authorization);
	if (err != LH_OK)
		lh_cause_set(cause, "the request to AWS cannot be signed: %s",
		    lh_err_text(err));
	fields[request.fields.count++] = (struct http_field){
	    SPAN_LITERAL("Authorization"), bytes_span(&authorization) };
	if (err == LH_OK)
		err = encode_headers(request.fields, into, cause);
	bytes_release(&authorization);
	return err;
}

static enum lh_err
encode_headers(struct http_fields fields, struct bytes *into,
    struct lh_cause *cause)
{
	struct auth_member members[MAX_FIELDS + 1] = {
		{ NULL, SPAN_NONE }
	};
	struct secret *json = NULL;
	enum lh_err err;

	/* All names are literals. */
	for (size_t i = 0; i < fields.count; i++)
		members[i] = (struct auth_member){ fields.list[i].name.ptr,
		    fields.list[i].value };
	err = auth_body_set(&json, members, cause);
	if (err == LH_OK)
		err = auth_encode_base64(secret_lend(json), into);
	if (err == LH_ERR_LIMIT)
		lh_cause_set(cause, "the login request is too long");
	secret_unref(&json);
	return err;
}

static enum lh_err
make_body(struct aws *aws, struct span headers, struct lh_cause *cause)
{
	struct bytes url64, body64;
	enum lh_err err;

	bytes_init(&url64, SECRET_MAX_BYTES);
	bytes_init(&body64, SECRET_MAX_BYTES);
	err = auth_encode_base64(span_of(aws->sts_url), &url64);
	if (err == LH_OK)
		err = auth_encode_base64(SPAN_LITERAL(BODY), &body64);
	if (err == LH_OK)
		err = auth_body_set(&aws->body, (const struct auth_member[]){
		    { "role", span_of(aws->role) },
		    { "iam_http_request_method", SPAN_LITERAL("POST") },
		    { "iam_request_url", bytes_span(&url64) },
		    { "iam_request_headers", headers },
		    { "iam_request_body", bytes_span(&body64) },
		    { NULL, SPAN_NONE } }, cause);
	bytes_release(&url64);
	bytes_release(&body64);
	return err;
}
