/*
 * auth_azure - login as an Azure machine or scale set, by managed identity.
 *
 *	-> INSTANCE -> TOKEN -> login
 *
 * The instance's metadata service tells which machine this is and gives an
 * access token for the resource that Vault is configured with.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include <stdlib.h>
#include <string.h>

#include "auth_body.h"
#include "auth_encode.h"
#include "auth_types.h"
#include "auth_web.h"
#include "base/lh_assert.h"
#include "base/xalloc.h"

#define IMDS_ENDPOINT "http://169.254.169.254"
/* The oldest that knows both identities and scale sets. */
#define API_VERSION "2018-02-01"
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

struct azure {
	char *login_path;
	char *role;
	char *imds_endpoint;		/* NULL: the usual one */
	char *token_query;
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
static void azure_free(void *state);
static enum lh_err azure_begin(void *state, struct auth_request *request,
    enum auth_step *step_out, struct lh_cause *cause);
static enum lh_err azure_answer(void *state, struct span body,
    struct auth_request *request, enum auth_step *step_out,
    struct lh_cause *cause);
static void ask(struct azure *azure, enum azure_phase phase,
    struct auth_request *request);
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
	    "Belongs to authenticate_from_environment; of no effect." },
	{ "authenticate_from_environment", AUTH_KEY_BOOL, false, "false",
	    "Not built: must be false." },
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
	.answer = azure_answer
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
	if (strcmp(auth_setting(options, "authenticate_from_environment"),
	    "true") == 0)
		lh_cause_set(cause, "authenticate_from_environment of the "
		    "azure method is not built");
	else if (auth_setting(options, "object_id") != NULL &&
	    auth_setting(options, "client_id") != NULL)
		lh_cause_set(cause, "only one of object_id and client_id can "
		    "be given");
	else
		return LH_OK;
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

static void
azure_free(void *state)
{
	struct azure *azure = state;

	free(azure->login_path);
	free(azure->role);
	free(azure->imds_endpoint);
	free(azure->token_query);
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
	ask(state, AZURE_INSTANCE, request);
	*step_out = AUTH_STEP_ASK_ELSEWHERE;
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
	err = take_facts(azure, body, cause);
	if (err != LH_OK)
		return err;
	ask(azure, AZURE_TOKEN, request);
	*step_out = AUTH_STEP_ASK_ELSEWHERE;
	return LH_OK;
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
