/*
 * vault_path - what a request path means to Vault and OpenBao; pure.
 * Source: behaviour sections 2.10, 3.3, 3.8.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_VAULT_VAULT_PATH_H
#define LH_VAULT_VAULT_PATH_H

#include <stdbool.h>

#include "base/bytes.h"
#include "base/lh_err.h"
#include "base/span.h"

enum vault_path_kind {
	VAULT_PATH_OTHER,		/* engines: kv, transit, database ... */
	VAULT_PATH_SYS,			/* any other sys/ */
	VAULT_PATH_HEALTH,		/* sys/health */
	VAULT_PATH_WRAP,		/* sys/wrapping/wrap */
	VAULT_PATH_LOGIN,		/* auth/<mount>/login[/...] */
	VAULT_PATH_TOKEN_CREATE,	/* auth/token/create[-orphan][/role] */
	VAULT_PATH_TOKEN_OTHER,		/* any other auth/token/ */
	VAULT_PATH_AUTH_OTHER,		/* any other auth/ */
	VAULT_PATH_LOOKUP_SELF,		/* auth/token/lookup-self */
	VAULT_PATH_LOOKUP,		/* auth/token/lookup */
	VAULT_PATH_TOKEN_RENEW_SELF,	/* auth/token/renew-self */
	VAULT_PATH_TOKEN_RENEW,		/* auth/token/renew[/token] */
	VAULT_PATH_TOKEN_RENEW_ACCESSOR,	/* ...[/accessor] */
	VAULT_PATH_LEASE_RENEW,		/* sys/leases/renew[/id], sys/renew */
	VAULT_PATH_TOKEN_REVOKE,	/* auth/token/revoke[/token] */
	VAULT_PATH_TOKEN_REVOKE_SELF,
	VAULT_PATH_TOKEN_REVOKE_ACCESSOR,	/* ...[/accessor] */
	VAULT_PATH_TOKEN_REVOKE_ORPHAN,		/* ...[/token] */
	VAULT_PATH_LEASE_REVOKE,	/* sys/leases/revoke[/id], sys/revoke */
	VAULT_PATH_LEASE_REVOKE_PREFIX,	/* ... -prefix/P, -force/P, legacy */
	/* sys/mounts[/M], sys/auth[/M], sys/namespaces[/N], sys/remount */
	VAULT_PATH_MOUNT
};

struct vault_path {
	enum vault_path_kind kind;
	/* Both lie in the path given, escapes as they are there; may be empty. */
	struct span ns;		/* in front of sys/ or auth/, with its slash */
	struct span argument;	/* id, token, accessor, prefix, mount in the URL */
};

/* path: as in the request, "/v1/..." ; anything else is VAULT_PATH_OTHER. A
 * namespace in front of auth/ or sys/ is recognised (3.8), repeated slashes
 * and escapes are looked through. */
void vault_path_classify(struct span path, struct vault_path *out);

/* Does the answer name a token that is there already: a look-up, a renewal,
 * the help on these and on a revocation of oneself? */
bool vault_path_tells_token(enum vault_path_kind kind);

/* Does the server take a token there as a Bearer alone? So OpenID Connect has
 * it for the userinfo of a provider. */
bool vault_path_wants_bearer(struct span path);

/* The beginning of a path that a log may show: up to what is, or by its form
 * may be, a token or the id of a lease. All of it, when there is nothing. */
struct span vault_path_shown(struct span path);

/* The canonical namespace and the path after /v1/ as one text: header "ns1"
 * and path "/v1/secret/x" give "ns1/secret/x", as the path form does. A
 * trailing slash of the path is kept. LH_ERR_LIMIT: into is full. */
enum lh_err vault_path_join(struct span namespace_header, struct span path,
    struct bytes *into) LH_MUSTCHECK;

/* "", "/", "root" are the root namespace and give nothing; else
 * without leading slashes, with one trailing slash. */
enum lh_err vault_namespace_canonical(struct span ns, struct bytes *into)
    LH_MUSTCHECK;

/* May the request be repeated without harm: GET, HEAD, LIST, SCAN, OPTIONS. */
bool vault_method_is_safe(struct span method);

#endif
