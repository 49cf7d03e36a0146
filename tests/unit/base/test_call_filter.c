/*
 * test_call_filter - what a process under the filter can do, what it is
 * refused, and what ends it.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/call_filter.h"
#include "in_child.h"

#define NO_FILTER 99		/* exit status */
#define WHOLE 98
#define PATIENCE 20		/* seconds for one filter */
#define SPARE_STEP (16 * 1024)
#define MOST_SPARE (2 * 1024 * 1024)

/* A deed under the filter: 0, or what errno says. */
struct deed {
	const char *name;
	int (*fn)(void);
};

static int
under_filter(void *arg)
{
	const struct deed *deed = arg;
	struct lh_cause cause;
	enum lh_err err = call_filter_install(&cause);

	if (err == LH_ERR_UNSUPPORTED)
		return NO_FILTER;
	return err == LH_OK ? deed->fn() : EINVAL;
}

static int
result(long value)
{
	return value < 0 ? errno : 0;
}

static int
do_nothing(void)
{
	return 0;
}

static int
run_a_program(void)
{
	return result(execl("/bin/true", "true", (char *)NULL));
}

static int
become_two(void)
{
	return result(fork());
}

static int
trace(void)
{
	return result(ptrace(PTRACE_TRACEME, 0, NULL, NULL));
}

static int
read_another(void)
{
	return result(syscall(SYS_process_vm_readv, getppid(), NULL, 0UL,
	    NULL, 0UL, 0UL));
}

static int
load_a_module(void)
{
	return result(syscall(SYS_finit_module, -1, "", 0));
}

static int
load_bpf(void)
{
	return result(syscall(SYS_bpf, 0, NULL, 0));
}

static int
load_a_kernel(void)
{
	return result(syscall(SYS_kexec_load, 0, 0, NULL, 0));
}

static int
mount_something(void)
{
	return result(mount("none", "/mnt", "tmpfs", 0, NULL));
}

static int
change_the_root(void)
{
	return result(chroot("/"));
}

static int
change_the_user(void)
{
	return result(setuid(0));
}

static int
leave_namespaces(void)
{
	return result(unshare(CLONE_NEWUSER));
}

static int
listen_anew(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	return fd < 0 ? EINVAL : result(listen(fd, 1));
}

static int
open_raw_socket(void)
{
	return result(socket(AF_PACKET, SOCK_RAW, 0));
}

static int
signal_another(void)
{
	return result(kill(getppid(), 0));
}

static int
make_code(void)
{
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return page == MAP_FAILED ? errno : 0;
}

static int
make_data_code(void)
{
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (page == MAP_FAILED)
		return EINVAL;
	return result(mprotect(page, 4096, PROT_READ | PROT_EXEC));
}

static int
raise_a_limit(void)
{
	const struct rlimit limit = { 0, 0 };

	return result(setrlimit(RLIMIT_NOFILE, &limit));
}

static int
allow_dumps(void)
{
	return result(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0));
}

static int
type_at_a_terminal(void)
{
	return result(ioctl(0, TIOCSTI, "x"));
}

static void *
thread(void *arg)
{
	*(int *)arg = 1;
	return NULL;
}

static int
start_a_thread(void)
{
	pthread_t other;
	int ran = 0;

	if (pthread_create(&other, NULL, thread, &ran) != 0)
		return EINVAL;
	return pthread_join(other, NULL) == 0 && ran == 1 ? 0 : EINVAL;
}

static void *
listening_thread(void *arg)
{
	*(int *)arg = listen_anew();
	return NULL;
}

static int
listen_in_a_thread(void)
{
	pthread_t other;
	int problem = 0;

	if (pthread_create(&other, NULL, listening_thread, &problem) != 0)
		return EINVAL;
	return pthread_join(other, NULL) == 0 ? problem : EINVAL;
}

static int
look_up_a_name(void)
{
	struct addrinfo *found = NULL;

	if (getaddrinfo("localhost", "80", NULL, &found) != 0)
		return EINVAL;
	freeaddrinfo(found);
	return 0;
}

static int
replace_a_file(void)
{
	char name[] = "/tmp/test_call_filter.XXXXXX";
	char other[sizeof(name) + 4];
	int fd = mkstemp(name);
	int problem;

	snprintf(other, sizeof(other), "%s.new", name);
	if (fd < 0 || write(fd, "x", 1) != 1 || fsync(fd) != 0 ||
	    fdatasync(fd) != 0 || ftruncate(fd, 0) != 0 ||
	    fchmod(fd, 0600) != 0 || close(fd) != 0)
		return errno;
	problem = result(rename(name, other));
	return problem != 0 ? problem : result(unlink(other));
}

static int
connect_somewhere(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(9),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

	(void)connect(fd, (struct sockaddr *)&to, sizeof(to));
	return errno == EPERM ? EPERM : result(close(fd));
}

static int
give_up(void)
{
	abort();
}

/* -1: no filter can be had. Else the status of the child. */
static int
status_of(const struct deed *deed)
{
	struct deed copy = *deed;
	int status = in_child(under_filter, &copy);

	if (WIFEXITED(status) && WEXITSTATUS(status) == NO_FILTER) {
		print_message("no filter: built with sanitizers, or without "
		    "libseccomp, or the kernel has none\n");
		skip();
	}
	return status;
}

static void
hostile_calls_end_the_process(void **state)
{
	static const struct deed deeds[] = {
		{ "execve", run_a_program }, { "fork", become_two },
		{ "ptrace", trace }, { "process_vm_readv", read_another },
		{ "finit_module", load_a_module }, { "bpf", load_bpf },
		{ "kexec_load", load_a_kernel }, { "mount", mount_something },
		{ "chroot", change_the_root }, { "setuid", change_the_user },
		{ "unshare", leave_namespaces },
	};

	for (size_t i = 0; i < sizeof(deeds) / sizeof(deeds[0]); i++) {
		int status = status_of(&deeds[i]);

		if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGSYS)
			fail_msg("%s: status %#x", deeds[i].name, status);
	}
}

static void
needless_calls_are_refused(void **state)
{
	static const struct deed deeds[] = {
		{ "listen", listen_anew },
		{ "listen in a thread", listen_in_a_thread },
		{ "packet socket", open_raw_socket },
		{ "kill", signal_another },
		{ "mmap of code", make_code },
		{ "mprotect to code", make_data_code },
		{ "setrlimit", raise_a_limit }, { "dumpable", allow_dumps },
		{ "TIOCSTI", type_at_a_terminal },
	};

	for (size_t i = 0; i < sizeof(deeds) / sizeof(deeds[0]); i++) {
		int status = status_of(&deeds[i]);

		if (!WIFEXITED(status) || WEXITSTATUS(status) != EPERM)
			fail_msg("%s: status %#x", deeds[i].name, status);
	}
}

static void
what_we_do_goes_on(void **state)
{
	static const struct deed deeds[] = {
		{ "nothing", do_nothing }, { "thread", start_a_thread },
		{ "name", look_up_a_name }, { "file", replace_a_file },
		{ "connect", connect_somewhere },
	};

	for (size_t i = 0; i < sizeof(deeds) / sizeof(deeds[0]); i++) {
		int status = status_of(&deeds[i]);

		if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
			fail_msg("%s: status %#x", deeds[i].name, status);
	}
}

static void
a_broken_promise_still_aborts(void **state)
{
	const struct deed deed = { "abort", give_up };
	int status = status_of(&deed);

	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGABRT);
}

/* A filter that is whole, when there is so much memory and no more. */
static int
filter_within(void *arg)
{
	const rlim_t *spare = arg;
	struct rlimit limit;
	unsigned long pages = 0;
	FILE *file = fopen("/proc/self/statm", "re");
	int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
	struct deed deed = { "listen", listen_anew };
	int problem;

	if (file == NULL || fscanf(file, "%lu", &pages) != 1 ||
	    fclose(file) != 0 || dup2(fd, STDERR_FILENO) < 0)
		return EIO;
	limit.rlim_cur = limit.rlim_max =
	    pages * (rlim_t)sysconf(_SC_PAGESIZE) + *spare;
	if (setrlimit(RLIMIT_AS, &limit) != 0)
		return EIO;
	(void)signal(SIGSEGV, SIG_DFL);		/* not cmocka's */
	alarm(PATIENCE);
	problem = under_filter(&deed);
	return problem == EPERM ? WHOLE : problem;
}

static void
without_memory_the_process_ends_before_it_is_half_filtered(void **state)
{
	int whole = 0, ended = 0;

	status_of(&(struct deed){ "nothing", do_nothing });
	for (rlim_t spare = 0; spare <= MOST_SPARE; spare += SPARE_STEP) {
		int status = in_child(filter_within, &spare);

		if (WIFEXITED(status) && WEXITSTATUS(status) == WHOLE)
			whole++;
		else if (WIFEXITED(status) && WEXITSTATUS(status) == EINVAL)
			ended++;	/* it was told that there is none */
		else if (WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT)
			ended++;
		else
			fail_msg("%lu bytes: status %#x",
			    (unsigned long)spare, status);
	}
	assert_true(whole > 0);
	assert_true(ended > 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hostile_calls_end_the_process),
		cmocka_unit_test(needless_calls_are_refused),
		cmocka_unit_test(what_we_do_goes_on),
		cmocka_unit_test(a_broken_promise_still_aborts),
		cmocka_unit_test(
		    without_memory_the_process_ends_before_it_is_half_filtered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
