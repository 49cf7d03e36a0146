/*
 * sink_file - a token in a file, replaced in one step.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "sink_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/xalloc.h"

enum lh_err
sink_file_check(const char *path, struct lh_cause *cause)
{
	char *probe = xasprintf("%s.tmp.XXXXXX", path);
	enum lh_err err = LH_OK;
	int fd = mkstemp(probe);

	if (fd < 0) {
		lh_cause_set(cause, "sink %s cannot be written: %s", path,
		    strerror(errno));
		err = LH_ERR_SYSTEM;
	} else {
		close(fd);
		if (unlink(probe) != 0) {
			lh_cause_set(cause, "beside sink %s nothing can be "
			    "removed: %s", path, strerror(errno));
			err = LH_ERR_SYSTEM;
		}
	}
	free(probe);
	return err;
}

enum lh_err
sink_file_write(const struct sink_options *options,
    const struct secret *token, struct lh_cause *cause)
{
	return file_replace(options->path, secret_lend(token),
	    &options->owner, cause);
}
