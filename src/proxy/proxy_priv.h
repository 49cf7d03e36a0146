/*
 * proxy_priv - what the files of this folder share of struct proxy.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_SRC_PROXY_PROXY_PRIV_H
#define LH_SRC_PROXY_PROXY_PRIV_H

#include "proxy/proxy.h"

struct proxy_request;
struct proxy_fetch;

struct proxy {
	struct proxy_options options;
	struct proxy_env env;
	struct proxy_door *doors;
	struct proxy_request *requests;		/* with a caller */
	struct proxy_fetch *fetches;		/* with a call, or queued */
	struct proxy_fetch *queued;		/* of these, by key */
	size_t request_count;
	size_t fetch_count;
	size_t left_count;			/* of fetches: their callers left */
};

#endif
