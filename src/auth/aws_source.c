/*
 * aws_source - where the AWS credentials of a login come from.
 *
 * Which places there are is known from the start, all but the shared file: it
 * may appear later, so begin() looks whether it is there. A file or profile
 * that the environment names has to be there, the usual one need not.
 *
 *	web identity    READY -> ASSUMING -> READY
 *	container       READY -> CONTAINER -> READY
 *	instance        READY -> SESSION -> ROLE -> INSTANCE -> READY
 *
 * The instance's service is asked by its second protocol alone: a token has to
 * be fetched by PUT, which a request that was talked into going there cannot.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "aws_source.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "auth_credential.h"
#include "auth_encode.h"
#include "auth_web.h"
#include "aws_profile.h"
#include "base/lh_assert.h"
#include "base/xalloc.h"

#define IMDS_ENDPOINT "http://169.254.169.254"
#define CONTAINER_ENDPOINT "http://169.254.170.2"
#define MAX_KEY 8192

enum source_phase {
	SOURCE_READY,
	SOURCE_ASSUMING,
	SOURCE_CONTAINER,
	SOURCE_SESSION,
	SOURCE_ROLE,
	SOURCE_INSTANCE
};

struct aws_source {
	struct aws_credentials fixed;		/* of configuration or environment */
	const char *sts_url;

	char *role_arn;			/* web identity; NULL: none */
	char *session_name;
	struct auth_credential identity;

	struct auth_credential shared;	/* path NULL: no such place */
	char *profile;
	bool shared_is_named;		/* by the environment */

	char *container_url;		/* NULL: none */
	struct auth_credential container_token;	/* path NULL: fixed, or none */

	char *imds_endpoint;
	bool imds_disabled;
	struct secret *imds_token;

	enum source_phase phase;
	bool read_shared;		/* the last begin() took it from there */
	struct aws_credentials keys;
	char *url;
	struct http_field fields[2];
	struct secret *body;
};

static enum lh_err set_fixed(struct aws_source *source,
    const struct auth_method_options *options, struct lh_cause *cause);
static void set_identity(struct aws_source *source);
static void set_shared(struct aws_source *source);
static void set_container(struct aws_source *source);
static enum lh_err set_key(struct secret **key, struct span text,
    struct lh_cause *cause);
static void release_keys(struct aws_credentials *keys);
static enum lh_err copy_fixed(struct aws_source *source);
static enum lh_err read_shared_file(struct aws_source *source, bool *found,
    struct lh_cause *cause);
static enum lh_err ask_sts(struct aws_source *source,
    struct auth_request *request, struct lh_cause *cause);
static enum lh_err ask_container(struct aws_source *source,
    struct auth_request *request, struct lh_cause *cause);
static enum lh_err ask_session(struct aws_source *source,
    struct auth_request *request, struct lh_cause *cause);
static void ask_imds(struct aws_source *source, struct auth_request *request,
    struct span role);
static enum lh_err take_xml(struct aws_source *source, struct span body,
    struct lh_cause *cause);
static struct span xml_element(struct span text, struct span name);
static enum lh_err take_json(struct aws_source *source, struct span body,
    struct lh_cause *cause);
static enum lh_err take_role(struct aws_source *source, struct span body,
    struct auth_request *request, struct lh_cause *cause);

enum lh_err
aws_source_new(const struct auth_method_options *options,
    const char *sts_url, struct aws_source **source_out,
    struct lh_cause *cause)
{
	struct aws_source *source = xcalloc(1, sizeof(*source));
	const char *disabled = auth_web_environment("AWS_EC2_METADATA_DISABLED");
	enum lh_err err;

	source->sts_url = sts_url;
	source->imds_disabled = disabled != NULL &&
	    strcasecmp(disabled, "true") == 0;
	err = auth_web_endpoint(options, "imds_endpoint",
	    &source->imds_endpoint, cause);
	if (err == LH_OK)
		err = set_fixed(source, options, cause);
	if (err != LH_OK) {
		aws_source_free(source);
		return err;
	}
	set_identity(source);
	set_shared(source);
	set_container(source);
	*source_out = source;
	return LH_OK;
}

void
aws_source_free(struct aws_source *source)
{
	if (source == NULL)
		return;
	release_keys(&source->fixed);
	release_keys(&source->keys);
	auth_credential_release(&source->identity);
	auth_credential_release(&source->shared);
	auth_credential_release(&source->container_token);
	secret_unref(&source->imds_token);
	secret_unref(&source->body);
	free(source->role_arn);
	free(source->session_name);
	free(source->profile);
	free(source->container_url);
	free(source->imds_endpoint);
	free(source->url);
	free(source);
}

enum lh_err
aws_source_begin(struct aws_source *source, struct auth_request *request,
    bool *ready_out, struct lh_cause *cause)
{
	enum lh_err err;

	source->phase = SOURCE_READY;
	source->read_shared = false;
	release_keys(&source->keys);
	*ready_out = true;
	if (source->fixed.access_key != NULL)
		return copy_fixed(source);
	if (source->role_arn == NULL) {
		err = read_shared_file(source, &source->read_shared, cause);
		if (err != LH_OK || source->read_shared)
			return err;
	}
	*ready_out = false;
	if (source->role_arn != NULL)
		return ask_sts(source, request, cause);
	if (source->container_url != NULL)
		return ask_container(source, request, cause);
	return ask_session(source, request, cause);
}

enum lh_err
aws_source_answer(struct aws_source *source, struct span body,
    struct auth_request *request, bool *ready_out, struct lh_cause *cause)
{
	enum source_phase phase = source->phase;
	enum lh_err err;

	lh_assert(phase != SOURCE_READY);
	source->phase = SOURCE_READY;
	*ready_out = false;
	switch (phase) {
	case SOURCE_SESSION:
		err = auth_web_line(body, "a session token of the instance",
		    &source->imds_token, cause);
		if (err == LH_OK)
			ask_imds(source, request, SPAN_LITERAL(""));
		return err;
	case SOURCE_ROLE:
		return take_role(source, body, request, cause);
	case SOURCE_ASSUMING:
		*ready_out = true;
		return take_xml(source, body, cause);
	default:
		*ready_out = true;
		return take_json(source, body, cause);
	}
}

const struct aws_credentials *
aws_source_credentials(const struct aws_source *source)
{
	return &source->keys;
}

bool
aws_source_changed(struct aws_source *source)
{
	if (source->fixed.access_key != NULL)
		return false;
	if (source->role_arn != NULL)
		return auth_credential_changed(&source->identity);
	if (source->read_shared)
		return auth_credential_changed(&source->shared);
	return false;
}

/* The environment counts where nothing is configured. */
static enum lh_err
set_fixed(struct aws_source *source,
    const struct auth_method_options *options, struct lh_cause *cause)
{
	const char *access = auth_setting(options, "access_key");
	const char *secret = auth_setting(options, "secret_key");
	const char *session = auth_setting(options, "session_token");
	enum lh_err err;

	if ((access == NULL) != (secret == NULL)) {
		lh_cause_set(cause, "access_key and secret_key need each "
		    "other");
		return LH_ERR_CONFIG;
	}
	if (access == NULL) {
		access = auth_web_environment("AWS_ACCESS_KEY_ID");
		secret = auth_web_environment("AWS_SECRET_ACCESS_KEY");
		session = auth_web_environment("AWS_SESSION_TOKEN");
	}
	if (access == NULL || secret == NULL)
		return LH_OK;
	err = set_key(&source->fixed.access_key, span_of(access), cause);
	if (err == LH_OK)
		err = set_key(&source->fixed.secret_key, span_of(secret),
		    cause);
	if (err == LH_OK && session != NULL)
		err = set_key(&source->fixed.session_token, span_of(session),
		    cause);
	return err == LH_OK ? LH_OK : LH_ERR_CONFIG;
}

static void
set_identity(struct aws_source *source)
{
	const char *file = auth_web_environment("AWS_WEB_IDENTITY_TOKEN_FILE");
	const char *role = auth_web_environment("AWS_ROLE_ARN");
	const char *name = auth_web_environment("AWS_ROLE_SESSION_NAME");

	if (file == NULL || role == NULL)
		return;
	auth_credential_init(&source->identity, file);
	source->role_arn = xstrdup(role);
	source->session_name = xstrdup(name == NULL ? "leasehold" : name);
}

static void
set_shared(struct aws_source *source)
{
	const char *file = auth_web_environment("AWS_SHARED_CREDENTIALS_FILE");
	const char *profile = auth_web_environment("AWS_PROFILE");
	const char *home = auth_web_environment("HOME");
	char *usual = home == NULL ? NULL :
	    xasprintf("%s/.aws/credentials", home);

	if (file == NULL && usual == NULL)
		return;
	auth_credential_init(&source->shared, file == NULL ? usual : file);
	source->shared_is_named = file != NULL || profile != NULL;
	source->profile = xstrdup(profile == NULL ? "default" : profile);
	free(usual);
}

static void
set_container(struct aws_source *source)
{
	const char *relative = auth_web_environment(
	    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
	const char *full = auth_web_environment(
	    "AWS_CONTAINER_CREDENTIALS_FULL_URI");
	const char *file = auth_web_environment(
	    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");

	if (relative != NULL)
		source->container_url = xasprintf("%s%s", CONTAINER_ENDPOINT,
		    relative);
	else
		source->container_url = xstrdup(full);
	if (file != NULL)
		auth_credential_init(&source->container_token, file);
}

/* It goes into fields and into lines that are signed, and may come out of XML:
 * none has an entity. */
static enum lh_err
set_key(struct secret **key, struct span text, struct lh_cause *cause)
{
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] <= ' ' || text.ptr[i] > '~' ||
		    strchr("<>&\"\\", text.ptr[i]) != NULL) {
			lh_cause_set(cause, "an AWS key or token holds "
			    "blanks or other characters that none has");
			return LH_ERR_FORMAT;
		}
	}
	if (text.len == 0 || text.len > MAX_KEY) {
		lh_cause_set(cause, "an AWS key or token is %s",
		    text.len == 0 ? "missing" : "too long");
		return LH_ERR_FORMAT;
	}
	secret_unref(key);
	*key = secret_new(text);
	return *key == NULL ? LH_ERR_LIMIT : LH_OK;
}

static void
release_keys(struct aws_credentials *keys)
{
	secret_unref(&keys->access_key);
	secret_unref(&keys->secret_key);
	secret_unref(&keys->session_token);
}

static enum lh_err
copy_fixed(struct aws_source *source)
{
	source->keys = (struct aws_credentials){
		secret_ref(source->fixed.access_key),
		secret_ref(source->fixed.secret_key),
		secret_ref(source->fixed.session_token)
	};
	return LH_OK;
}

static enum lh_err
read_shared_file(struct aws_source *source, bool *found,
    struct lh_cause *cause)
{
	struct aws_profile profile;
	enum lh_err err;

	*found = false;
	if (source->shared.path == NULL)
		return LH_OK;
	err = auth_credential_read(&source->shared, cause);
	if (err != LH_OK)
		return source->shared_is_named ? err : LH_OK;
	*found = aws_profile_find(secret_lend(source->shared.secret),
	    span_of(source->profile), &profile);
	if (!*found) {
		lh_cause_set(cause, "%s holds no keys of the profile %s",
		    source->shared.path, source->profile);
		return source->shared_is_named ? LH_ERR_FORMAT : LH_OK;
	}
	err = set_key(&source->keys.access_key, profile.access_key, cause);
	if (err == LH_OK)
		err = set_key(&source->keys.secret_key, profile.secret_key,
		    cause);
	if (err == LH_OK && profile.session_token.len > 0)
		err = set_key(&source->keys.session_token,
		    profile.session_token, cause);
	return err;
}

/* Not signed: the web identity is the proof. */
static enum lh_err
ask_sts(struct aws_source *source, struct auth_request *request,
    struct lh_cause *cause)
{
	enum lh_err err = auth_credential_read(&source->identity, cause);

	if (err == LH_OK)
		err = auth_encode_form(&source->body,
		    (const struct auth_member[]){
		    { "Action", SPAN_LITERAL("AssumeRoleWithWebIdentity") },
		    { "RoleArn", span_of(source->role_arn) },
		    { "RoleSessionName", span_of(source->session_name) },
		    { "Version", SPAN_LITERAL("2011-06-15") },
		    { "WebIdentityToken",
		    secret_lend(source->identity.secret) },
		    { NULL, SPAN_NONE } }, cause);
	if (err != LH_OK)
		return err;
	source->fields[0] = (struct http_field){ SPAN_LITERAL("Content-Type"),
	    SPAN_LITERAL("application/x-www-form-urlencoded; charset=utf-8") };
	auth_web_ask(request, &source->url, &(struct auth_web_question){
	    SPAN_LITERAL("POST"), xstrdup(source->sts_url),
	    "keys by web identity", { source->fields, 1 }, source->body });
	source->phase = SOURCE_ASSUMING;
	return LH_OK;
}

static enum lh_err
ask_container(struct aws_source *source, struct auth_request *request,
    struct lh_cause *cause)
{
	struct span token = span_of(
	    auth_web_environment("AWS_CONTAINER_AUTHORIZATION_TOKEN"));
	enum lh_err err;

	if (source->container_token.path != NULL) {
		err = auth_credential_read(&source->container_token, cause);
		if (err != LH_OK)
			return err;
		token = secret_lend(source->container_token.secret);
	}
	if (strstr(source->container_url, "://") == NULL) {
		lh_cause_set(cause, "AWS_CONTAINER_CREDENTIALS_FULL_URI is "
		    "no address");
		return LH_ERR_CONFIG;
	}
	source->fields[0] = (struct http_field){
	    SPAN_LITERAL("Authorization"), token };
	auth_web_ask(request, &source->url, &(struct auth_web_question){
	    SPAN_LITERAL("GET"), xstrdup(source->container_url),
	    "the container's keys",
	    { source->fields, token.len > 0 ? 1 : 0 }, NULL });
	source->phase = SOURCE_CONTAINER;
	return LH_OK;
}

static enum lh_err
ask_session(struct aws_source *source, struct auth_request *request,
    struct lh_cause *cause)
{
	if (source->imds_disabled) {
		lh_cause_set(cause, "there are no AWS credentials, and "
		    "AWS_EC2_METADATA_DISABLED forbids to ask the instance");
		return LH_ERR_NOT_FOUND;
	}
	source->fields[0] = (struct http_field){
	    SPAN_LITERAL("X-aws-ec2-metadata-token-ttl-seconds"),
	    SPAN_LITERAL("300") };
	auth_web_ask(request, &source->url, &(struct auth_web_question){
	    SPAN_LITERAL("PUT"), xasprintf("%s/latest/api/token",
	    source->imds_endpoint == NULL ? IMDS_ENDPOINT :
	    source->imds_endpoint), "a session token of the instance",
	    { source->fields, 1 }, NULL });
	source->phase = SOURCE_SESSION;
	return LH_OK;
}

/* role empty: which one is it? */
static void
ask_imds(struct aws_source *source, struct auth_request *request,
    struct span role)
{
	source->fields[0] = (struct http_field){
	    SPAN_LITERAL("X-aws-ec2-metadata-token"),
	    secret_lend(source->imds_token) };
	auth_web_ask(request, &source->url, &(struct auth_web_question){
	    SPAN_LITERAL("GET"), xasprintf("%s/latest/meta-data/iam/"
	    "security-credentials/%.*s", source->imds_endpoint == NULL ?
	    IMDS_ENDPOINT : source->imds_endpoint, (int)role.len, role.ptr),
	    role.len == 0 ? "the instance's role" : "the instance's keys",
	    { source->fields, 1 }, NULL });
	source->phase = role.len == 0 ? SOURCE_ROLE : SOURCE_INSTANCE;
}

static enum lh_err
take_role(struct aws_source *source, struct span body,
    struct auth_request *request, struct lh_cause *cause)
{
	struct span role = span_trim(span_cut(&body, '\n'));
	bool fits = role.len > 0 && role.len <= 128;

	for (size_t i = 0; fits && i < role.len; i++)
		fits = strchr("/?#%\\\"", role.ptr[i]) == NULL &&
		    role.ptr[i] > ' ' && role.ptr[i] <= '~';
	if (!fits) {
		lh_cause_set(cause, "the name of the instance's role is not "
		    "understood");
		return LH_ERR_FORMAT;
	}
	ask_imds(source, request, role);
	return LH_OK;
}

static enum lh_err
take_xml(struct aws_source *source, struct span body, struct lh_cause *cause)
{
	struct span keys = xml_element(body, SPAN_LITERAL("Credentials"));
	enum lh_err err;

	err = set_key(&source->keys.access_key,
	    xml_element(keys, SPAN_LITERAL("AccessKeyId")), cause);
	if (err == LH_OK)
		err = set_key(&source->keys.secret_key,
		    xml_element(keys, SPAN_LITERAL("SecretAccessKey")),
		    cause);
	if (err == LH_OK)
		err = set_key(&source->keys.session_token,
		    xml_element(keys, SPAN_LITERAL("SessionToken")), cause);
	return err;
}

/* What stands in the first element of that name, which has no attributes: the
 * answers of STS have none, and keys need no entities. */
static struct span
xml_element(struct span text, struct span name)
{
	const char *start = NULL;

	for (; text.len > name.len + 2; text = span_skip(text, 1)) {
		bool closes = start != NULL && text.ptr[1] == '/';
		struct span tag = span_skip(text, closes ? 2 : 1);

		if (text.ptr[0] != '<' || closes != (start != NULL) ||
		    !span_starts(tag, name) || tag.len == name.len ||
		    tag.ptr[name.len] != '>')
			continue;
		if (closes)
			return span_trim((struct span){ start,
			    (size_t)(text.ptr - start) });
		start = tag.ptr + name.len + 1;
	}
	return SPAN_NONE;
}

static enum lh_err
take_json(struct aws_source *source, struct span body,
    struct lh_cause *cause)
{
	struct secret *access = auth_web_member(body, "AccessKeyId");
	struct secret *secret = auth_web_member(body, "SecretAccessKey");
	struct secret *session = auth_web_member(body, "Token");
	enum lh_err err;

	err = set_key(&source->keys.access_key, secret_lend(access), cause);
	if (err == LH_OK)
		err = set_key(&source->keys.secret_key, secret_lend(secret),
		    cause);
	if (err == LH_OK)
		err = set_key(&source->keys.session_token,
		    secret_lend(session), cause);
	secret_unref(&access);
	secret_unref(&secret);
	secret_unref(&session);
	return err;
}
