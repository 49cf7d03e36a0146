/*
 * admin_figures - see admin_figures.h. The process is asked of /proc, which
 * answers from memory.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "admin_figures.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/parse.h"

#define MAX_PAGES (UINT64_C(1) << 40)

static void read_token(const struct admin_env *env);
static void read_memory(struct metrics *metrics);
static int64_t take_pages(struct span *row);
static int64_t count_descriptors(void);
static int64_t answers(const struct metrics *metrics, enum metric first,
    unsigned class);

void
admin_figures_read(const struct admin_env *env)
{
	struct metrics *metrics = env->metrics;

	read_token(env);
	metrics_set(metrics, METRIC_BACKGROUND_WAITING,
	    (int64_t)scheduler_waiting(env->scheduler));
	metrics_set(metrics, METRIC_BACKGROUND_RUNNING,
	    (int64_t)scheduler_running(env->scheduler));
	read_memory(metrics);
	metrics_set(metrics, METRIC_OPEN_FDS, count_descriptors());
}

/* One that never ends has no number; without auto-auth there is no token. */
static void
read_token(const struct admin_env *env)
{
	struct auth_status auth;
	int64_t left = METRIC_UNKNOWN;

	if (env->keeper != NULL) {
		auth_keeper_status(env->keeper, &auth);
		if (auth.expires_in_s >= 0)
			left = auth.expires_in_s;
		else if (auth_keeper_token(env->keeper) == NULL)
			left = 0;
	}
	metrics_set(env->metrics, METRIC_TOKEN_TTL, left);
}

static void
read_memory(struct metrics *metrics)
{
	int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
	char text[128];
	ssize_t len = fd < 0 ? -1 : read(fd, text, sizeof(text));
	struct span rest = { text, len > 0 ? (size_t)len : 0 };

	if (fd >= 0)
		close(fd);
	metrics_set(metrics, METRIC_VIRTUAL_BYTES, take_pages(&rest));
	metrics_set(metrics, METRIC_RESIDENT_BYTES, take_pages(&rest));
}

/* The next number of a row, which counts pages, in bytes. */
static int64_t
take_pages(struct span *row)
{
	int64_t page = sysconf(_SC_PAGESIZE);
	uint64_t pages;

	if (parse_uint(span_cut(row, ' '), MAX_PAGES, &pages) != LH_OK)
		return METRIC_UNKNOWN;
	return (int64_t)pages * page;
}

/* The one that reads the directory is not counted, nor "." and "..". */
static int64_t
count_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int64_t count = -3;

	if (dir == NULL)
		return METRIC_UNKNOWN;
	while (readdir(dir) != NULL)
		count++;
	closedir(dir);
	return count;
}

void
admin_figures_foreign(enum admin_dialect dialect,
    const struct metrics *metrics,
    struct admin_figure figures_out[ADMIN_FIGURES])
{
	bool agent = dialect == ADMIN_DIALECT_AGENT;
	int64_t own = answers(metrics, METRIC_ANSWERS_NONE_2XX, 5);
	int64_t good = 0, bad = 0, missed = 0;

	for (unsigned class = 2; class <= 5; class++) {
		int64_t fetched = answers(metrics, METRIC_ANSWERS_MISS_2XX,
		    class) + answers(metrics, METRIC_ANSWERS_PASS_2XX, class);
		int64_t all = answers(metrics, METRIC_ANSWERS_NONE_2XX, class) +
		    answers(metrics, METRIC_ANSWERS_HIT_2XX, class) +
		    answers(metrics, METRIC_ANSWERS_JOINED_2XX, class) +
		    fetched +
		    answers(metrics, METRIC_ANSWERS_STALE_2XX, class);

		*(class < 4 ? &good : &bad) += all;
		missed += class < 4 ? fetched : 0;
	}
	figures_out[0] = (struct admin_figure){
	    agent ? "agent.auth.success" : "proxy.auth.success",
	    METRIC_COUNTER, metrics_get(metrics, METRIC_LOGIN_SUCCESS) +
	    metrics_get(metrics, METRIC_RENEWAL_SUCCESS) };
	figures_out[1] = (struct admin_figure){
	    agent ? "agent.auth.failure" : "proxy.auth.failure",
	    METRIC_COUNTER, metrics_get(metrics, METRIC_LOGIN_FAILURE) +
	    metrics_get(metrics, METRIC_RENEWAL_FAILURE) };
	figures_out[2] = (struct admin_figure){
	    agent ? "agent.authenticated" : "proxy.authenticated",
	    METRIC_GAUGE, metrics_get(metrics, METRIC_AUTHENTICATED) };
	figures_out[3] = (struct admin_figure){ "agent.proxy.success",
	    METRIC_COUNTER, good };
	figures_out[4] = (struct admin_figure){ "agent.proxy.client_error",
	    METRIC_COUNTER, bad - own };
	figures_out[5] = (struct admin_figure){ "agent.proxy.error",
	    METRIC_COUNTER, own };
	figures_out[6] = (struct admin_figure){ "agent.cache.hit",
	    METRIC_COUNTER, metrics_get(metrics, METRIC_CACHE_HIT) };
	figures_out[7] = (struct admin_figure){ "agent.cache.miss",
	    METRIC_COUNTER, missed };	/* theirs counts no errors */
}

/* Of one origin, whose rows begin with first. */
static int64_t
answers(const struct metrics *metrics, enum metric first, unsigned class)
{
	return metrics_get(metrics, first + class - 2);
}

void
admin_figures_host(char host_out[ADMIN_HOST_MAX])
{
	if (gethostname(host_out, ADMIN_HOST_MAX) != 0)
		host_out[0] = '\0';
	host_out[ADMIN_HOST_MAX - 1] = '\0';
	for (char *c = host_out; *c != '\0'; c++)
		if (!isalnum((unsigned char)*c))
			*c = '_';
}
