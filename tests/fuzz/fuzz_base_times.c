/*
 * fuzz_base_times - any bytes as an HTTP date and as a Retry-After.
 *
 * Holds: a date that is taken is the one that the C library makes of the same
 * numbers, and reads back from our own spelling of it; a Retry-After is never
 * negative, and digits mean what strtoull() makes of them.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../../src/http/http_writer.h"
#include "base/lh_assert.h"
#include "base/moment.h"

#define MS_PER_S 1000
#define MAX_BYTES 128
#define LAST_WRITTEN (INT64_C(253402300799) * MS_PER_S)	/* in year 9999 */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* Only of the form that we write: the others have names that strptime() takes
 * in more spellings. */
static void
check_with_libc(struct span text, wall_ms then)
{
	char copy[MAX_BYTES + 1];
	struct tm parts = { 0 };

	memcpy(copy, text.ptr, text.len);
	copy[text.len] = '\0';
	if (text.len != HTTP_WRITER_DATE_LEN || copy[3] != ',' ||
	    copy[17 + 6] == '6')	/* a leap second */
		return;
	lh_assert(strptime(copy + 5, "%d %b %Y %H:%M:%S GMT", &parts) !=
	    NULL);
	lh_assert(timegm(&parts) * MS_PER_S == then);
}

static void
check_date(struct span text)
{
	char spelled[HTTP_WRITER_DATE_LEN];
	wall_ms then, again;

	if (moment_of_http_date(text, &then) != LH_OK)
		return;
	check_with_libc(text, then);
	lh_assert(then % MS_PER_S == 0);
	if (then < 0 || then > LAST_WRITTEN)
		return;
	http_writer_date(then / MS_PER_S, spelled);
	lh_assert(moment_of_http_date((struct span){ spelled, sizeof(spelled) },
	    &again) == LH_OK);
	lh_assert(again == then);
}

static void
check_retry_after(struct span text, wall_ms now)
{
	char copy[MAX_BYTES + 1];
	wall_ms then;
	span_ms wait, told;

	if (moment_of_retry_after(text, now, &wait) != LH_OK)
		return;
	memcpy(copy, text.ptr, text.len);
	copy[text.len] = '\0';
	if (strspn(copy, "0123456789") == text.len)
		told = (span_ms)strtoull(copy, NULL, 10) * MS_PER_S;
	else {
		lh_assert(moment_of_http_date(text, &then) == LH_OK);
		told = then > now ? then - now : 0;
	}
	lh_assert(wait == (told < MOMENT_MAX_RETRY_AFTER_MS ? told :
	    MOMENT_MAX_RETRY_AFTER_MS));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct span text = { (const char *)data, len };

	if (len > MAX_BYTES)
		return 0;
	check_date(text);
	check_retry_after(text, 0);
	check_retry_after(text, INT64_C(1700000000) * MS_PER_S);
	return 0;
}
