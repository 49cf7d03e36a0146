/*
 * fault - loaded before the C library, makes chosen calls of it fail.
 *
 * What is to fail comes in the environment:
 *
 *	FAULT_CALLS	names with commas around and between: ",read,recv,"
 *	FAULT_AT	the number of the call that fails, from 1 on
 *	FAULT_EVERY	fail each call whose number is a multiple of it
 *	FAULT_ERRNO	what they fail with
 *	FAULT_FILES	set: only calls on descriptors of regular files count
 *	FAULT_FROM	only calls from a library whose name holds that
 *	FAULT_SWITCH	a path: nothing counts while no file is there
 *	FAULT_STATE	a file that is mapped: see struct state
 *	FAULT_HOSTS	a file with the address of the host "moving.test"
 *
 * With FAULT_STATE and neither FAULT_AT nor FAULT_EVERY it records: for each
 * call, a number that stands for the way the program came there. A library
 * that stands for others has to keep its state in the process: hence globals.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define WAYS_MAX (1 << 20)
#define FRAMES 12
#define OWN_FRAMES 2

/* Survives the end of the process, whatever that is. */
struct state {
	_Atomic uint64_t calls;
	_Atomic uint64_t failed;
	char first[112];		/* "malloc libcurl.so.4" */
	uint64_t ways[WAYS_MAX];	/* of call 1, 2, ... */
};

typedef int main_fn(int argc, char **argv, char **env);

struct plan {
	main_fn *main;
	const char *calls, *switch_path, *from;
	uint64_t at, every;
	int code;
	bool only_files, is_recording, is_set;
	struct state *state;
};

static struct plan plan;
static struct state own_state;
static _Thread_local bool is_inside;

int __libc_start_main(main_fn *main, int argc, char **argv,
    void (*init)(void), void (*fini)(void), void (*end_loader)(void),
    void *stack_end);
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);

/* Of main() alone is what fails: the counters of gcov, written afterwards, do
 * not survive that. */
static int
run_main(int argc, char **argv, char **env)
{
	int status = plan.main(argc, argv, env);

	plan.is_set = false;
	return status;
}

int
__libc_start_main(main_fn *main, int argc, char **argv, void (*init)(void),
    void (*fini)(void), void (*end_loader)(void), void *stack_end)
{
	__typeof__(&__libc_start_main) next = (__typeof__(next))dlsym(
	    RTLD_NEXT, "__libc_start_main");

	if (next == NULL)
		abort();
	plan.main = main;
	return next(run_main, argc, argv, init, fini, end_loader, stack_end);
}

static uint64_t
number_of(const char *name)
{
	const char *text = getenv(name);

	return text == NULL ? 0 : strtoull(text, NULL, 10);
}

static void
map_state(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0 || ftruncate(fd, sizeof(struct state)) != 0)
		abort();
	plan.state = mmap(NULL, sizeof(struct state), PROT_READ | PROT_WRITE,
	    MAP_SHARED, fd, 0);
	if (plan.state == MAP_FAILED)
		abort();
	close(fd);
}

/* Where a crash was, for the report; then the crash goes on: the signal does
 * again what it does by itself, also where a filter refuses the raise. */
static void
on_crash(int number)
{
	void *frames[4 * FRAMES];
	int count;

	is_inside = true;
	count = backtrace(frames, 4 * FRAMES);
	backtrace_symbols_fd(frames, count, STDERR_FILENO);
	raise(number);
}

static void __attribute__((constructor))
prepare(void)
{
	const char *path = getenv("FAULT_STATE");
	struct sigaction once = { .sa_handler = on_crash,
		.sa_flags = (int)SA_RESETHAND };
	void *frames[1];

	is_inside = true;
	backtrace(frames, 1);		/* loads what it needs now */
	plan.calls = getenv("FAULT_CALLS");
	plan.switch_path = getenv("FAULT_SWITCH");
	plan.from = getenv("FAULT_FROM");
	plan.at = number_of("FAULT_AT");
	plan.every = number_of("FAULT_EVERY");
	plan.code = (int)number_of("FAULT_ERRNO");
	plan.only_files = getenv("FAULT_FILES") != NULL;
	plan.state = &own_state;
	if (path != NULL)
		map_state(path);
	plan.is_recording = path != NULL && plan.at == 0 && plan.every == 0;
	plan.is_set = plan.calls != NULL;
	sigaction(SIGSEGV, &once, NULL);
	sigaction(SIGFPE, &once, NULL);
	is_inside = false;
}

static bool
is_chosen(const char *name)
{
	const char *found = strstr(plan.calls, name);
	size_t len = strlen(name);

	while (found != NULL && (found[-1] != ',' || found[len] != ','))
		found = strstr(found + 1, name);
	return found != NULL;
}

static bool
is_file(int fd)
{
	struct stat facts;

	return fd >= 0 && fstat(fd, &facts) == 0 && S_ISREG(facts.st_mode);
}

static bool
is_from(const void *caller, const char *name)
{
	Dl_info info;

	return name == NULL || (dladdr(caller, &info) != 0 &&
	    strstr(info.dli_fname, name) != NULL);
}

static uint64_t
way_here(void)
{
	void *frames[FRAMES];
	int count = backtrace(frames, FRAMES);
	uint64_t way = 1469598103934665603u;

	for (int i = OWN_FRAMES; i < count; i++)
		way = (way ^ (uintptr_t)frames[i]) * 1099511628211u;
	return way;
}

static void
note_first(const char *name, const void *caller)
{
	const char *file = "?", *slash;
	Dl_info info;

	if (dladdr(caller, &info) != 0)
		file = info.dli_fname;
	slash = strrchr(file, '/');
	snprintf(plan.state->first, sizeof(plan.state->first), "%s %s", name,
	    slash == NULL ? file : slash + 1);
}

/* Counts a call; whether it is to fail. */
static bool
strikes(const char *name, int fd, const void *caller)
{
	int saved = errno;
	bool found = false;
	uint64_t number;

	if (!plan.is_set || is_inside || !is_chosen(name))
		return false;
	is_inside = true;
	if ((plan.switch_path == NULL || access(plan.switch_path, F_OK) == 0) &&
	    (!plan.only_files || is_file(fd)) && is_from(caller, plan.from)) {
		number = atomic_fetch_add(&plan.state->calls, 1) + 1;
		found = number == plan.at ||
		    (plan.every > 0 && number % plan.every == 0);
		if (plan.is_recording && number <= WAYS_MAX)
			plan.state->ways[number - 1] = way_here();
		if (found && atomic_fetch_add(&plan.state->failed, 1) == 0)
			note_first(name, caller);
	}
	is_inside = false;
	errno = found ? plan.code : saved;
	return found;
}

static void *
find_next(const char *name)
{
	bool was_inside = is_inside;
	void *next;

	is_inside = true;
	next = dlsym(RTLD_NEXT, name);
	is_inside = was_inside;
	if (next == NULL)
		abort();
	return next;
}

void *
malloc(size_t size)
{
	return strikes("malloc", -1, __builtin_return_address(0)) ? NULL :
	    __libc_malloc(size);
}

void *
calloc(size_t count, size_t size)
{
	return strikes("malloc", -1, __builtin_return_address(0)) ? NULL :
	    __libc_calloc(count, size);
}

void *
realloc(void *old, size_t size)
{
	return size > 0 && strikes("malloc", -1,
	    __builtin_return_address(0)) ? NULL : __libc_realloc(old, size);
}

void *
reallocarray(void *old, size_t count, size_t size)
{
	size_t total;

	if (__builtin_mul_overflow(count, size, &total)) {
		errno = ENOMEM;
		return NULL;
	}
	return total > 0 && strikes("malloc", -1,
	    __builtin_return_address(0)) ? NULL : __libc_realloc(old, total);
}

/* A function that fails as told; fd is the descriptor it works on. */
#define WRAP(type, name, parameters, arguments, fd, failure)		\
type									\
name parameters								\
{									\
	static type (*next) parameters;					\
									\
	if (next == NULL)						\
		next = (type (*) parameters)find_next(#name);		\
	return strikes(#name, fd, __builtin_return_address(0)) ?	\
	    (failure) : next arguments;					\
}

ssize_t __read_chk(int fd, void *to, size_t size, size_t room);
ssize_t __recv_chk(int fd, void *to, size_t size, size_t room, int flags);

WRAP(ssize_t, read, (int fd, void *to, size_t size), (fd, to, size), fd, -1)
WRAP(ssize_t, __read_chk, (int fd, void *to, size_t size, size_t room),
    (fd, to, size, room), fd, -1)
WRAP(ssize_t, readv, (int fd, const struct iovec *to, int count),
    (fd, to, count), fd, -1)
WRAP(ssize_t, recv, (int fd, void *to, size_t size, int flags),
    (fd, to, size, flags), fd, -1)
WRAP(ssize_t, __recv_chk, (int fd, void *to, size_t size, size_t room,
    int flags), (fd, to, size, room, flags), fd, -1)
WRAP(ssize_t, write, (int fd, const void *from, size_t size),
    (fd, from, size), fd, -1)
WRAP(ssize_t, writev, (int fd, const struct iovec *from, int count),
    (fd, from, count), fd, -1)
WRAP(ssize_t, send, (int fd, const void *from, size_t size, int flags),
    (fd, from, size, flags), fd, -1)
WRAP(int, socket, (int domain, int type, int protocol),
    (domain, type, protocol), -1, -1)
WRAP(int, connect, (int fd, const struct sockaddr *to, socklen_t len),
    (fd, to, len), fd, -1)
WRAP(int, bind, (int fd, const struct sockaddr *to, socklen_t len),
    (fd, to, len), fd, -1)
WRAP(int, listen, (int fd, int backlog), (fd, backlog), fd, -1)
WRAP(int, accept4, (int fd, struct sockaddr *from, socklen_t *len, int flags),
    (fd, from, len, flags), fd, -1)
WRAP(int, setsockopt, (int fd, int level, int name, const void *value,
    socklen_t len), (fd, level, name, value, len), fd, -1)
WRAP(int, getsockopt, (int fd, int level, int name, void *value,
    socklen_t *len), (fd, level, name, value, len), fd, -1)
WRAP(int, getsockname, (int fd, struct sockaddr *to, socklen_t *len),
    (fd, to, len), fd, -1)
WRAP(int, shutdown, (int fd, int how), (fd, how), fd, -1)
WRAP(int, socketpair, (int domain, int type, int protocol, int fds[2]),
    (domain, type, protocol, fds), -1, -1)
WRAP(int, epoll_create1, (int flags), (flags), -1, -1)
WRAP(int, epoll_ctl, (int fd, int op, int on, struct epoll_event *event),
    (fd, op, on, event), fd, -1)
WRAP(int, epoll_wait, (int fd, struct epoll_event *events, int count,
    int timeout), (fd, events, count, timeout), fd, -1)
WRAP(int, eventfd, (unsigned initial, int flags), (initial, flags), -1, -1)
WRAP(int, pipe2, (int fds[2], int flags), (fds, flags), -1, -1)
WRAP(int, fstat, (int fd, struct stat *facts), (fd, facts), fd, -1)
WRAP(int, fsync, (int fd), (fd), fd, -1)
WRAP(int, fdatasync, (int fd), (fd), fd, -1)
WRAP(int, fchmod, (int fd, mode_t mode), (fd, mode), fd, -1)
WRAP(int, fchown, (int fd, uid_t user, gid_t group), (fd, user, group), fd,
    -1)
WRAP(int, renameat, (int from_fd, const char *from, int to_fd,
    const char *to), (from_fd, from, to_fd, to), -1, -1)
WRAP(int, rename, (const char *from, const char *to), (from, to), -1, -1)
WRAP(int, unlink, (const char *path), (path), -1, -1)
WRAP(int, unlinkat, (int fd, const char *path, int flags),
    (fd, path, flags), -1, -1)
WRAP(int, mkstemp, (char *path), (path), -1, -1)
WRAP(ssize_t, getrandom, (void *to, size_t size, unsigned flags),
    (to, size, flags), -1, -1)
WRAP(int, mlock, (const void *at, size_t size), (at, size), -1, -1)
WRAP(int, pthread_create, (pthread_t *thread, const pthread_attr_t *how,
    void *(*start)(void *), void *argument),
    (thread, how, start, argument), -1, plan.code)

#define WRAP_OPEN(name, extra_parameters, extra_arguments)		\
int									\
name(extra_parameters const char *path, int flags, ...)			\
{									\
	static int (*next)(extra_parameters const char *, int, ...);	\
	mode_t mode;							\
	va_list ap;							\
									\
	if (next == NULL)						\
		next = (int (*)(extra_parameters const char *, int,	\
		    ...))find_next(#name);				\
	va_start(ap, flags);						\
	mode = (flags & O_CREAT) != 0 ? va_arg(ap, mode_t) : 0;		\
	va_end(ap);							\
	return strikes("open", -1, __builtin_return_address(0)) ? -1 :	\
	    next(extra_arguments path, flags, mode);			\
}

#define NOTHING
#define DIRECTORY int directory,
#define IN_DIRECTORY directory,
WRAP_OPEN(open, NOTHING, NOTHING)
WRAP_OPEN(open64, NOTHING, NOTHING)
WRAP_OPEN(openat, DIRECTORY, IN_DIRECTORY)

static bool
where_it_is_now(char *address, size_t size)
{
	const char *path = getenv("FAULT_HOSTS");
	FILE *file = path == NULL ? NULL : fopen(path, "re");
	bool found = file != NULL && fgets(address, (int)size, file) != NULL;

	if (file != NULL)
		fclose(file);
	if (found)
		address[strcspn(address, "\n")] = '\0';
	return found;
}

int
getaddrinfo(const char *node, const char *service,
    const struct addrinfo *hints, struct addrinfo **result)
{
	static int (*next)(const char *, const char *,
	    const struct addrinfo *, struct addrinfo **);
	char address[64];

	if (next == NULL)
		next = (int (*)(const char *, const char *,
		    const struct addrinfo *, struct addrinfo **))
		    find_next("getaddrinfo");
	if (strikes("getaddrinfo", -1, __builtin_return_address(0)))
		return EAI_AGAIN;
	if (node != NULL && strcmp(node, "moving.test") == 0) {
		if (!where_it_is_now(address, sizeof(address)))
			return EAI_NONAME;
		node = address;
	}
	return next(node, service, hints, result);
}
