/*
 * auth_azure - login as an Azure machine or scale set, by managed identity,
 * or as an application that the environment names.
 *
 *	-> INSTANCE -> TOKEN -> login
 *
 * The instance's metadata service tells which machine this is and gives an
 * access token for the resource that Vault is configured with. With
 * authenticate_from_environment the token comes from Azure's login service,
 * for a workload identity (a token in a file, which rotates) or a secret.
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
#include "base/xalloc.h"

#define IMDS_ENDPOINT "http://169.254.169.254"
/* The oldest that knows both identities and scale sets. */
#define API_VERSION "2018-02-01"
#define LOGIN_ENDPOINT "https://login.microsoftonline.com"
#define ASSERTION_TYPE "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
#define FACT_COUNT 4

enum azure_phase { AZURE_READY, AZURE_INSTANCE, AZURE_TOKEN };

/* What Vault wants to know of the machine, and its place in the metadata. */
static const struct azure_fact {
	const char *name;
	const char *path;
} azure_facts[FACT_COUNT] = {
	{ "vm_name", "compute.name" },
	{ "vmss_name", "compute.vmScaleSetName" },
	{ "resource_group_name", "compute.resourceGroupName" },
	{ "subscription_id", "compute.subscriptionId" },
};

/* An application, as the environment has it. */
struct azure_app {
	char *login_url;		/* NULL: it is not complete */
	char *client_id;
	char *scope;
	struct secret *secret;		/* NULL: the file */
	struct auth_credential assertion;
};

struct azure {
	char *login_path;
	char *role;
	char *imds_endpoint;		/* NULL: the usual one */
	char *token_query;
	bool from_environment;
	struct azure_app app;		/* when from_environment */
	enum azure_phase phase;
	char *url;
	struct http_field field;
	struct secret *facts[FACT_COUNT];
	struct secret *body;
};

static enum lh_err azure_new(const struct auth_method_options *options,
    void **state_out, struct lh_cause *cause);
static enum lh_err check(const struct auth_method_options *options,
    struct lh_cause *cause);
static char *make_token_query(const struct auth_method_options *options);
static enum lh_err set_app(struct azure_app *app,
    const struct auth_method_options *options, struct lh_cause *cause);
static void azure_free(void *state);
static enum lh_err azure_begin(void *state, struct auth_request *request,
    enum auth_step *step_out, struct lh_cause *cause);
static enum lh_err azure_answer(void *state, struct span body,
    struct auth_request *request, enum auth_step *step_out,
    struct lh_cause *cause);
static bool azure_changed(void *state);
static void ask(struct azure *azure, enum azure_phase phase,
    struct auth_request *request);
static enum lh_err ask_login_service(struct azure *azure,
    struct auth_request *request, struct lh_cause *cause);
static enum lh_err take_facts(struct azure *azure, struct span body,
    struct lh_cause *cause);
static enum lh_err log_in(struct azure *azure, struct span answer,
    struct auth_request *request, struct lh_cause *cause);

static const struct auth_key azure_keys[] = {
	{ "role", AUTH_KEY_TEXT, true, NULL,
	    "Role to log in to." },
	{ "resource", AUTH_KEY_TEXT, true, NULL,
	    "Resource the access token is for, as Vault's configuration of "
	    "the method has it." },
	{ "object_id", AUTH_KEY_TEXT, false, NULL,
	    "Object id of the managed identity, when there are several." },
	{ "client_id", AUTH_KEY_TEXT, false, NULL,
	    "Client id of the managed identity, instead of object_id." },
	{ "scope", AUTH_KEY_TEXT, false, NULL,
	    "Scope with authenticate_from_environment; else that of the "
	    "resource." },
	{ "authenticate_from_environment", AUTH_KEY_BOOL, false, "false",
	    "Take the workload identity or the secret of AZURE_ variables "
	    "instead of a managed identity." },
	{ "imds_endpoint", AUTH_KEY_TEXT, false, NULL,
	    "Address of the instance's metadata service." },
	{ NULL, AUTH_KEY_TEXT, false, NULL, NULL }
};

const struct auth_method_type auth_azure_type = {
	.name = "azure",
	.keys = azure_keys,
	.new = azure_new,
	.free = azure_free,
	.begin = azure_begin,
	.answer = azure_answer,
	.changed = azure_changed
};

static enum lh_err
azure_new(const struct auth_method_options *options, void **state_out,
    struct lh_cause *cause)
{
	struct azure *azure;
	enum lh_err err;

	err = check(options, cause);
	if (err != LH_OK)
		return err;
	azure = xcalloc(1, sizeof(*azure));
	azure->role = xstrdup(auth_setting(options, "role"));
	azure->token_query = make_token_query(options);
	err = auth_body_login_path(options, NULL, &azure->login_path, cause);
	if (err == LH_OK)
		err = auth_web_endpoint(options, "imds_endpoint",
		    &azure->imds_endpoint, cause);
	azure->from_environment = strcmp(auth_setting(options,
	    "authenticate_from_environment"), "true") == 0;
	if (err == LH_OK && azure->from_environment)
		err = set_app(&azure->app, options, cause);
	if (err != LH_OK) {
		azure_free(azure);
		return err;
	}
	*state_out = azure;
	return LH_OK;
}

static enum lh_err
check(const struct auth_method_options *options, struct lh_cause *cause)
{
	if (auth_setting(options, "object_id") == NULL ||
	    auth_setting(options, "client_id") == NULL)
		return LH_OK;
	lh_cause_set(cause, "only one of object_id and client_id can be "
	    "given");
	return LH_ERR_CONFIG;
}

static char *
make_token_query(const struct auth_method_options *options)
{
	const char *object = auth_setting(options, "object_id");
	const char *client = auth_setting(options, "client_id");
	const char *id = object != NULL ? object : client;
	char *resource = auth_encode_percent(auth_setting(options,
	    "resource"));
	char *identity = id == NULL ? NULL : auth_encode_percent(id);
	char *query;

	if (identity == NULL)
		query = xasprintf("&resource=%s", resource);
	else
		query = xasprintf("&resource=%s&%s=%s", resource,
		    object != NULL ? "object_id" : "client_id", identity);
	free(resource);
	free(identity);
	return query;
}

/* What is missing is told at the login: the variables may be those of
 * another place when a configuration is checked. */
static enum lh_err
set_app(struct azure_app *app, const struct auth_method_options *options,
    struct lh_cause *cause)
{
	const char *tenant = auth_web_environment("AZURE_TENANT_ID");
	const char *client = auth_web_environment("AZURE_CLIENT_ID");
	const char *file = auth_web_environment("AZURE_FEDERATED_TOKEN_FILE");
	const char *secret = auth_web_environment("AZURE_CLIENT_SECRET");
	const char *host = auth_web_environment("AZURE_AUTHORITY_HOST");
	const char *scope = auth_setting(options, "scope");
	char *encoded, *address;
	enum lh_err err;

	if (tenant == NULL || client == NULL ||
	    (file == NULL && secret == NULL))
		return LH_OK;
	err = auth_web_address("AZURE_AUTHORITY_HOST",
	    host == NULL ? LOGIN_ENDPOINT : host, &address, cause);
	if (err != LH_OK)
		return err;
	encoded = auth_encode_percent(tenant);
	app->login_url = xasprintf("%s/%s/oauth2/v2.0/token", address,
	    encoded);
	free(encoded);
	free(address);
	app->client_id = xstrdup(client);
	app->scope = scope != NULL ? xstrdup(scope) :
	    xasprintf("%s/.default", auth_setting(options, "resource"));
	if (secret == NULL) {
		auth_credential_init(&app->assertion, file);
		return LH_OK;
	}
	app->secret = secret_new(span_of(secret));
	if (app->secret != NULL)
		return LH_OK;
	lh_cause_set(cause, "AZURE_CLIENT_SECRET is too long");
	return LH_ERR_CONFIG;
}

static void
azure_free(void *state)
{
	struct azure *azure = state;

	free(azure->login_path);
	free(azure->role);
	free(azure->imds_endpoint);
	free(azure->token_query);
	free(azure->app.login_url);
	free(azure->app.client_id);
	free(azure->app.scope);
	secret_unref(&azure->app.secret);
	auth_credential_release(&azure->app.assertion);
	free(azure->url);
	for (size_t i = 0; i < FACT_COUNT; i++)
		secret_unref(&azure->facts[i]);
	secret_unref(&azure->body);
	free(azure);
}

static enum lh_err
azure_begin(void *state, struct auth_request *request,
    enum auth_step *step_out, struct lh_cause *cause)
{
	struct azure *azure = state;

	*step_out = AUTH_STEP_ASK_ELSEWHERE;
	if (azure->from_environment && azure->app.login_url == NULL) {
		lh_cause_set(cause, "authenticate_from_environment needs "
		    "AZURE_TENANT_ID, AZURE_CLIENT_ID, and "
		    "AZURE_FEDERATED_TOKEN_FILE or AZURE_CLIENT_SECRET");
		return LH_ERR_CONFIG;
	}
	ask(azure, AZURE_INSTANCE, request);
	return LH_OK;
}

static enum lh_err
azure_answer(void *state, struct span body, struct auth_request *request,
    enum auth_step *step_out, struct lh_cause *cause)
{
	struct azure *azure = state;
	enum azure_phase phase = azure->phase;
	enum lh_err err;

	lh_assert(phase != AZURE_READY);
	azure->phase = AZURE_READY;
	if (phase == AZURE_TOKEN) {
		*step_out = AUTH_STEP_LOGIN;
		return log_in(azure, body, request, cause);
	}
	*step_out = AUTH_STEP_ASK_ELSEWHERE;
	err = take_facts(azure, body, cause);
	if (err != LH_OK)
		return err;
	if (azure->from_environment)
		return ask_login_service(azure, request, cause);
	ask(azure, AZURE_TOKEN, request);
	return LH_OK;
}

static bool
azure_changed(void *state)
{
	struct azure *azure = state;

	return azure->app.assertion.path != NULL &&
	    auth_credential_changed(&azure->app.assertion);
}

static void
ask(struct azure *azure, enum azure_phase phase,
    struct auth_request *request)
{
	bool whole = phase == AZURE_INSTANCE;

	azure->field = (struct http_field){ SPAN_LITERAL("Metadata"),
	    SPAN_LITERAL("true") };
	auth_web_ask(request, &azure->url, &(struct auth_web_question){
	    SPAN_LITERAL("GET"), xasprintf("%s/metadata/%s?api-version="
	    API_VERSION "%s", azure->imds_endpoint == NULL ? IMDS_ENDPOINT :
	    azure->imds_endpoint, whole ? "instance" :
	    "identity/oauth2/token", whole ? "" : azure->token_query),
	    whole ? "what this machine is" : "an access token",
	    { &azure->field, 1 }, NULL });
	azure->phase = phase;
}

static enum lh_err
ask_login_service(struct azure *azure, struct auth_request *request,
    struct lh_cause *cause)
{
	struct azure_app *app = &azure->app;
	struct auth_member members[] = {
		{ "client_id", span_of(app->client_id) },
		{ "grant_type", SPAN_LITERAL("client_credentials") },
		{ "scope", span_of(app->scope) },
		{ "client_secret", secret_lend(app->secret) },
		{ NULL, SPAN_NONE },
		{ NULL, SPAN_NONE }
	};
	enum lh_err err = LH_OK;

	if (app->secret == NULL) {
		err = auth_credential_read(&app->assertion, cause);
		members[3] = (struct auth_member){ "client_assertion_type",
		    SPAN_LITERAL(ASSERTION_TYPE) };
		members[4] = (struct auth_member){ "client_assertion",
		    secret_lend(app->assertion.secret) };
	}
	if (err == LH_OK)
		err = auth_encode_form(&azure->body, members, cause);
	if (err != LH_OK)
		return err;
	azure->field = (struct http_field){ SPAN_LITERAL("Content-Type"),
	    SPAN_LITERAL("application/x-www-form-urlencoded") };
	auth_web_ask(request, &azure->url, &(struct auth_web_question){
	    SPAN_LITERAL("POST"), xstrdup(app->login_url), "an access token",
	    { &azure->field, 1 }, azure->body });
	azure->phase = AZURE_TOKEN;
	return LH_OK;
}

/* A machine of its own has no scale set. */
static enum lh_err
take_facts(struct azure *azure, struct span body, struct lh_cause *cause)
{
	for (size_t i = 0; i < FACT_COUNT; i++) {
		secret_unref(&azure->facts[i]);
		azure->facts[i] = auth_web_member(body, azure_facts[i].path);
	}
	if (secret_lend(azure->facts[0]).len > 0)
		return LH_OK;
	lh_cause_set(cause, "the metadata of the machine is not understood");
	return LH_ERR_FORMAT;
}

static enum lh_err
log_in(struct azure *azure, struct span answer, struct auth_request *request,
    struct lh_cause *cause)
{
	struct secret *token = auth_web_member(answer, "access_token");
	struct auth_member members[FACT_COUNT + 3] = {
		{ "role", span_of(azure->role) },
		{ "jwt", secret_lend(token) }
	};
	enum lh_err err = LH_ERR_FORMAT;

	for (size_t i = 0; i < FACT_COUNT; i++) {
		struct span fact = secret_lend(azure->facts[i]);

		members[i + 2] = (struct auth_member){ azure_facts[i].name,
		    fact.ptr == NULL ? SPAN_LITERAL("") : fact };
	}
	if (members[1].value.len == 0)
		lh_cause_set(cause, "what came as an access token is not "
		    "understood");
	else
		err = auth_body_set(&azure->body, members, cause);
	secret_unref(&token);
	if (err == LH_OK)
		auth_body_login(request, azure->login_path, azure->body);
	return err;
}
