/*
 * fake_http - an http_client without network and a loop without waiting, put
 * in the place of the true ones when a test is linked.
 *
 * The test sees each request that was started, by number, and plays the
 * server; time stands still until fake_advance().
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_TESTS_UNIT_VAULT_FAKE_HTTP_H
#define LH_TESTS_UNIT_VAULT_FAKE_HTTP_H

#include "base/loop.h"
#include "http/http_client.h"

/* Forgets all requests; the one loop. */
struct loop *fake_start(void);
/* Runs what was put off, and fails if a client, call or timer is left. */
void fake_stop(void);

void fake_turn(void);			/* runs what was put off */
void fake_advance(span_ms by);		/* with all timers on the way */

size_t fake_requests(void);		/* started so far */
const char *fake_url(size_t n);
/* "METHOD\nName: value\n...\nbody" */
const char *fake_text(size_t n);
bool fake_is_open(size_t n);		/* neither done nor cancelled */
unsigned fake_resumes(size_t n);
size_t fake_clients(void);		/* alive */
void fake_refuse_starts(enum lh_err err);	/* LH_OK: no more */

/* fields: "Name: value\nName: value", or "". */
void fake_head(size_t n, unsigned status, const char *fields);
enum http_flow fake_body(size_t n, struct span bytes);
void fake_done(size_t n, enum lh_err err);
/* All three at once, as far as the call lives. */
void fake_answer(size_t n, unsigned status, const char *fields,
    const char *body);

#endif
