/*
 * slow_names - loaded before the C library, makes one name hard to find: who
 * looks it up says so by a file ASKED, and waits until a file FOUND is there.
 * All other names are the C library's.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef int look_up(const char *, const char *, const struct addrinfo *,
    struct addrinfo **);

int
getaddrinfo(const char *node, const char *service,
    const struct addrinfo *hints, struct addrinfo **found)
{
	look_up *next = (look_up *)dlsym(RTLD_NEXT, "getaddrinfo");
	const char *name = getenv("SLOW_NAME");

	if (node == NULL || name == NULL || strcmp(node, name) != 0)
		return next(node, service, hints, found);
	close(open(getenv("SLOW_NAME_ASKED"), O_CREAT | O_WRONLY, 0600));
	while (access(getenv("SLOW_NAME_FOUND"), F_OK) != 0)
		poll(NULL, 0, 50);
	return next("127.0.0.1", service, hints, found);
}
