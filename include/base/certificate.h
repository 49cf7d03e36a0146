/*
 * certificate - what an X.509 certificate in PEM says of itself.
 *
 * Never:      judges it: no signature and no name is looked at.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_BASE_CERTIFICATE_H
#define LH_BASE_CERTIFICATE_H

#include "base/lh_err.h"
#include "base/span.h"
#include "base/timesource.h"

/* When the first certificate of the text ends (its notAfter). Other blocks in
 * front of it, such as a private key, are not read. LH_ERR_FORMAT: there is
 * none. */
enum lh_err certificate_not_after(struct span pem, wall_ms *out) LH_MUSTCHECK;

#endif
