/*
 * options_help - what a command line may hold, for a person: all of it, or
 * what belongs to one command.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "options.h"

#define SERVER_FLAGS \
	"  -address=URL           of the server (VAULT_ADDR)\n" \
	"  -ca-cert=FILE          CA certificates (VAULT_CACERT)\n" \
	"  -ca-path=DIR           directory of them (VAULT_CAPATH)\n" \
	"  -client-cert=FILE      certificate to show (VAULT_CLIENT_CERT)\n" \
	"  -client-key=FILE       its key (VAULT_CLIENT_KEY)\n" \
	"  -tls-server-name=NAME  name to check (VAULT_TLS_SERVER_NAME)\n" \
	"  -tls-skip-verify       check nothing (VAULT_SKIP_VERIFY)\n" \
	"  -namespace=NS          of the login (VAULT_NAMESPACE)\n"

#define RUN_FLAGS \
	"  -config=PATH           file or directory (.hcl, .json); may be\n" \
	"                         given more than once\n" \
	SERVER_FLAGS \
	"  -log-level=LEVEL       trace debug info warn error\n" \
	"  -log-format=FORMAT     standard or json\n" \
	"  -log-file=FILE         log there as well\n" \
	"  -log-rotate-bytes=N    replace that file before it is larger\n" \
	"  -log-rotate-duration=T replace it when so old (24h)\n" \
	"  -log-rotate-max-files=N  old ones kept; 0: all, -1: none\n" \
	"  -combine-logs          log to standard output\n" \
	"  -exit-after-auth       stop when every sink has the token\n"

struct help {
	enum options_command command;
	const char *hint;	/* a command line that prints the text */
	const char *text;
};

static const struct help helps[] = {
	{ OPTIONS_RUN, "leasehold proxy -h",
	    "Usage: leasehold [proxy|agent] -config=PATH [flags]\n"
	    "\n"
	    "Runs: logs in by itself, listens, adds its token, caches leased\n"
	    "answers. A flag beats the environment, which beats the files.\n"
	    "\n"
	    RUN_FLAGS
	    "\n"
	    "It ends with 0 after a signal, quit or -exit-after-auth, with 1\n"
	    "when the configuration, the start or a login that must not fail\n"
	    "failed.\n" },
	{ OPTIONS_CHECK, "leasehold check -h",
	    "Usage: leasehold check PATH...\n"
	    "\n"
	    "Reads files and directories as a start would, with the same\n"
	    "environment, and says what is wrong with them: file, line, key,\n"
	    "and what would be right, on standard error. Nothing is opened\n"
	    "or asked that they name.\n"
	    "\n"
	    "  -config=PATH           the same as PATH\n"
	    "\n"
	    "It ends with 0 when the configuration is valid, be it with\n"
	    "warnings, else with 1.\n" },
	{ OPTIONS_DUMP, "leasehold dump -h",
	    "Usage: leasehold dump PATH...\n"
	    "\n"
	    "Prints the settings in force, defaults included, secrets masked;\n"
	    "what it prints can be read again as a configuration.\n"
	    "\n"
	    "  -config=PATH           the same as PATH\n"
	    "\n"
	    "It ends with 0, or with 1 when the configuration is not valid.\n" },
	{ OPTIONS_KUBERNETES_LOGIN, "leasehold kubernetes-login -h",
	    "Usage: leasehold kubernetes-login [-retry-for=DURATION]\n"
	    "\n"
	    "Logs in once with the service account of the pod, and writes\n"
	    "the token and its accessor into two files. What it does is told\n"
	    "by variables; see leasehold(8).\n"
	    "\n"
	    "  -retry-for=DURATION    try again for so long\n"
	    "\n"
	    "It ends with 0 when both files are written, else with 1.\n" },
	{ OPTIONS_STATUS, "leasehold status -h",
	    "Usage: leasehold status [-config=PATH | -address=URL]\n"
	    "           [-format=FORMAT] [-watch]\n"
	    "\n"
	    "Asks one that runs how it is: at -address or LEASEHOLD_ADDR,\n"
	    "else where -config makes it listen, else at\n"
	    "http://127.0.0.1:8200.\n"
	    "\n"
	    "  -address=URL           http, https or unix:///path\n"
	    "  -config=PATH           file or directory\n"
	    "  -format=FORMAT         table or json\n"
	    "  -json                  the same as -format=json\n"
	    "  -watch                 every 2 seconds, until Ctrl-C\n"
	    "  -ca-cert, -ca-path, -client-cert, -client-key,\n"
	    "  -tls-server-name, -tls-skip-verify\n"
	    "                         for a listener with TLS\n"
	    "\n"
	    "It ends with 0 when ready, 2 when not, 1 when unreachable.\n" },
	{ OPTIONS_TOKEN_REVOKE, "leasehold token revoke -h",
	    "Usage: leasehold token revoke [flags] -self\n"
	    "\n"
	    "Revokes the token in VAULT_TOKEN, else that in ~/.vault-token,\n"
	    "at the server.\n"
	    "\n"
	    SERVER_FLAGS
	    "\n"
	    "It ends with 0 when the server revoked it, with 1 when the\n"
	    "command line is wrong, else with 2.\n" },
	{ OPTIONS_VERSION, "leasehold version -h",
	    "Usage: leasehold version\n"
	    "\n"
	    "Prints the version of this program.\n" },
	/* The last one is for everything else. */
	{ OPTIONS_HELP, "leasehold -h",
	    "Usage: leasehold [proxy|agent] -config=PATH [flags]\n"
	    "       leasehold check PATH...\n"
	    "       leasehold dump PATH...\n"
	    "       leasehold kubernetes-login [-retry-for=DURATION]\n"
	    "       leasehold status [-config=PATH | -address=URL]\n"
	    "           [-format=FORMAT] [-watch]\n"
	    "       leasehold token revoke [-address=URL] -self\n"
	    "       leasehold version\n"
	    "       leasehold help [COMMAND]\n"
	    "\n"
	    "A proxy beside an application, in front of Vault or OpenBao:\n"
	    "logs in by itself, adds its token, caches leased answers.\n"
	    "\n"
	    RUN_FLAGS
	    "\n"
	    "\"leasehold COMMAND -h\" tells of one command.\n"
	    "See leasehold(8) and leasehold.conf(5).\n" },
};
#define HELPS (sizeof(helps) / sizeof(*helps))

static const struct help *
find_help(enum options_command topic)
{
	const struct help *help = helps;

	while (help < helps + HELPS - 1 && help->command != topic)
		help++;
	return help;
}

const char *
options_help(enum options_command topic)
{
	return find_help(topic)->text;
}

const char *
options_hint(enum options_command topic)
{
	return find_help(topic)->hint;
}
