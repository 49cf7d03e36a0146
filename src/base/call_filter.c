/*
 * call_filter - a list of calls for libseccomp, some with a condition on their
 * arguments.
 *
 * The list holds what a run of all tests makes, what the libraries make on
 * other paths (an error, a thread, an older or newer C library), and nothing
 * that a client of the network and a writer of small files could do without.
 * No listening: doors are opened before.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "base/call_filter.h"

#include "config.h"

#if !defined(HAVE_LIBSECCOMP) || defined(LH_SANITIZERS)

enum lh_err
call_filter_install(struct lh_cause *cause)
{
#ifdef LH_SANITIZERS
	lh_cause_set(cause, "built with sanitizers");
#else
	lh_cause_set(cause, "built without libseccomp");
#endif
	return LH_ERR_UNSUPPORTED;
}

#else

#include <errno.h>
#include <sched.h>
#include <seccomp.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include "base/xalloc.h"

static const int allowed[] = {
	/* files that are open */
	SCMP_SYS(read), SCMP_SYS(readv), SCMP_SYS(pread64), SCMP_SYS(write),
	SCMP_SYS(writev), SCMP_SYS(pwrite64), SCMP_SYS(lseek),
	SCMP_SYS(_llseek), SCMP_SYS(close), SCMP_SYS(fcntl),
	SCMP_SYS(fcntl64), SCMP_SYS(dup), SCMP_SYS(dup2), SCMP_SYS(dup3),
	SCMP_SYS(fsync), SCMP_SYS(fdatasync), SCMP_SYS(ftruncate),
	SCMP_SYS(ftruncate64), SCMP_SYS(fallocate), SCMP_SYS(flock),
	SCMP_SYS(fchmod), SCMP_SYS(fchown), SCMP_SYS(fadvise64),
	SCMP_SYS(copy_file_range), SCMP_SYS(sendfile),
	/* files by name; Landlock and modes say which */
	SCMP_SYS(open), SCMP_SYS(openat), SCMP_SYS(stat), SCMP_SYS(lstat),
	SCMP_SYS(fstat), SCMP_SYS(newfstatat), SCMP_SYS(statx),
	SCMP_SYS(stat64), SCMP_SYS(lstat64), SCMP_SYS(fstat64),
	SCMP_SYS(fstatat64), SCMP_SYS(statfs), SCMP_SYS(fstatfs),
	SCMP_SYS(statfs64), SCMP_SYS(fstatfs64), SCMP_SYS(access),
	SCMP_SYS(faccessat), SCMP_SYS(faccessat2), SCMP_SYS(readlink),
	SCMP_SYS(readlinkat), SCMP_SYS(getcwd), SCMP_SYS(getdents),
	SCMP_SYS(getdents64), SCMP_SYS(rename), SCMP_SYS(renameat),
	SCMP_SYS(renameat2), SCMP_SYS(unlink), SCMP_SYS(unlinkat),
	SCMP_SYS(mkdir), SCMP_SYS(mkdirat), SCMP_SYS(chmod),
	SCMP_SYS(fchmodat), SCMP_SYS(chown), SCMP_SYS(lchown),
	SCMP_SYS(fchownat), SCMP_SYS(umask),
	/* the network; which families: see conditions */
	SCMP_SYS(connect), SCMP_SYS(bind), SCMP_SYS(accept),
	SCMP_SYS(accept4), SCMP_SYS(shutdown), SCMP_SYS(getsockname),
	SCMP_SYS(getpeername), SCMP_SYS(getsockopt), SCMP_SYS(setsockopt),
	SCMP_SYS(recv), SCMP_SYS(recvfrom), SCMP_SYS(recvmsg),
	SCMP_SYS(recvmmsg), SCMP_SYS(send), SCMP_SYS(sendto),
	SCMP_SYS(sendmsg), SCMP_SYS(sendmmsg),
	/* waiting */
	SCMP_SYS(epoll_create), SCMP_SYS(epoll_create1), SCMP_SYS(epoll_ctl),
	SCMP_SYS(epoll_wait), SCMP_SYS(epoll_pwait), SCMP_SYS(epoll_pwait2),
	SCMP_SYS(poll), SCMP_SYS(ppoll), SCMP_SYS(select),
	SCMP_SYS(_newselect), SCMP_SYS(pselect6), SCMP_SYS(eventfd),
	SCMP_SYS(eventfd2), SCMP_SYS(pipe), SCMP_SYS(pipe2),
	SCMP_SYS(timerfd_create), SCMP_SYS(timerfd_settime),
	SCMP_SYS(timerfd_gettime), SCMP_SYS(nanosleep),
	SCMP_SYS(clock_nanosleep), SCMP_SYS(restart_syscall),
	SCMP_SYS(inotify_init1), SCMP_SYS(inotify_add_watch),
	SCMP_SYS(inotify_rm_watch),
	/* memory; what is to run: see conditions */
	SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise),
	SCMP_SYS(mlock), SCMP_SYS(mlock2), SCMP_SYS(munlock),
	SCMP_SYS(munlockall), SCMP_SYS(mincore), SCMP_SYS(membarrier),
	/* threads and signals to ourselves */
	SCMP_SYS(futex), SCMP_SYS(futex_time64), SCMP_SYS(set_robust_list),
	SCMP_SYS(get_robust_list), SCMP_SYS(set_tid_address),
	SCMP_SYS(rseq), SCMP_SYS(sched_yield), SCMP_SYS(sched_getaffinity),
	SCMP_SYS(sched_getparam), SCMP_SYS(sched_getscheduler),
	SCMP_SYS(exit), SCMP_SYS(exit_group), SCMP_SYS(rt_sigaction),
	SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn),
	SCMP_SYS(rt_sigpending), SCMP_SYS(rt_sigtimedwait),
	SCMP_SYS(sigreturn), SCMP_SYS(sigaltstack),
	/* what we are, what time it is, chance */
	SCMP_SYS(getpid), SCMP_SYS(getppid), SCMP_SYS(gettid),
	SCMP_SYS(getuid), SCMP_SYS(geteuid), SCMP_SYS(getgid),
	SCMP_SYS(getegid), SCMP_SYS(getgroups), SCMP_SYS(getresuid),
	SCMP_SYS(getresgid), SCMP_SYS(getuid32), SCMP_SYS(geteuid32),
	SCMP_SYS(getgid32), SCMP_SYS(getegid32), SCMP_SYS(getrlimit),
	SCMP_SYS(ugetrlimit), SCMP_SYS(getrusage), SCMP_SYS(sysinfo),
	SCMP_SYS(uname), SCMP_SYS(capget), SCMP_SYS(getcpu),
	SCMP_SYS(clock_gettime), SCMP_SYS(clock_gettime64),
	SCMP_SYS(clock_getres), SCMP_SYS(gettimeofday), SCMP_SYS(time),
	SCMP_SYS(times), SCMP_SYS(getrandom)
};

/* Nobody asks for these by mistake. A call that takes over a program has to. */
static const int deadly[] = {
	SCMP_SYS(execve), SCMP_SYS(execveat), SCMP_SYS(fork), SCMP_SYS(vfork),
	SCMP_SYS(ptrace), SCMP_SYS(process_vm_readv),
	SCMP_SYS(process_vm_writev), SCMP_SYS(pidfd_getfd),
	SCMP_SYS(kexec_load), SCMP_SYS(kexec_file_load),
	SCMP_SYS(init_module), SCMP_SYS(finit_module),
	SCMP_SYS(delete_module), SCMP_SYS(mount), SCMP_SYS(umount),
	SCMP_SYS(umount2), SCMP_SYS(pivot_root), SCMP_SYS(chroot),
	SCMP_SYS(move_mount), SCMP_SYS(open_tree), SCMP_SYS(fsopen),
	SCMP_SYS(fsmount), SCMP_SYS(fsconfig), SCMP_SYS(fspick),
	SCMP_SYS(mount_setattr), SCMP_SYS(bpf), SCMP_SYS(perf_event_open),
	SCMP_SYS(setns), SCMP_SYS(unshare), SCMP_SYS(keyctl),
	SCMP_SYS(add_key), SCMP_SYS(request_key), SCMP_SYS(iopl),
	SCMP_SYS(ioperm), SCMP_SYS(reboot), SCMP_SYS(swapon),
	SCMP_SYS(swapoff), SCMP_SYS(acct), SCMP_SYS(quotactl),
	SCMP_SYS(open_by_handle_at), SCMP_SYS(userfaultfd),
	SCMP_SYS(personality), SCMP_SYS(setuid), SCMP_SYS(setgid),
	SCMP_SYS(setreuid), SCMP_SYS(setregid), SCMP_SYS(setresuid),
	SCMP_SYS(setresgid), SCMP_SYS(setfsuid), SCMP_SYS(setfsgid),
	SCMP_SYS(setgroups), SCMP_SYS(capset), SCMP_SYS(settimeofday),
	SCMP_SYS(clock_settime), SCMP_SYS(clock_adjtime), SCMP_SYS(adjtimex),
	SCMP_SYS(sethostname), SCMP_SYS(setdomainname), SCMP_SYS(syslog)
};

/* Allowed when one or two arguments are so: arg & mask == value. */
struct condition {
	int call;
	unsigned count;
	struct { unsigned arg; scmp_datum_t mask, value; } parts[2];
};

#define ALL_BITS UINT32_MAX
#define IS(arg, value) { (arg), ALL_BITS, (scmp_datum_t)(value) }

static const struct condition conditions[] = {
	{ SCMP_SYS(socket), 1, { IS(0, AF_UNIX) } },
	{ SCMP_SYS(socket), 1, { IS(0, AF_INET) } },
	{ SCMP_SYS(socket), 1, { IS(0, AF_INET6) } },
	/* The C library asks which families the machine has. */
	{ SCMP_SYS(socket), 1, { IS(0, AF_NETLINK) } },
	{ SCMP_SYS(socketpair), 1, { IS(0, AF_UNIX) } },
	/* Threads, no processes. */
	{ SCMP_SYS(clone), 1,
	    { { 0, CLONE_THREAD | CLONE_VM, CLONE_THREAD | CLONE_VM } } },
	/* Only files run: modules of the C library. */
	{ SCMP_SYS(mmap), 1, { { 2, PROT_EXEC, 0 } } },
	{ SCMP_SYS(mmap), 2, { { 2, PROT_EXEC | PROT_WRITE, PROT_EXEC },
	    { 3, MAP_ANONYMOUS, 0 } } },
	{ SCMP_SYS(mmap2), 1, { { 2, PROT_EXEC, 0 } } },
	{ SCMP_SYS(mmap2), 2, { { 2, PROT_EXEC | PROT_WRITE, PROT_EXEC },
	    { 3, MAP_ANONYMOUS, 0 } } },
	{ SCMP_SYS(mprotect), 1, { { 2, PROT_EXEC, 0 } } },
	{ SCMP_SYS(ioctl), 1, { IS(1, FIONBIO) } },
	{ SCMP_SYS(ioctl), 1, { IS(1, FIONREAD) } },
	{ SCMP_SYS(ioctl), 1, { IS(1, TCGETS) } },
	{ SCMP_SYS(ioctl), 1, { IS(1, TIOCGWINSZ) } },
	{ SCMP_SYS(prctl), 1, { IS(0, PR_SET_NAME) } },
	{ SCMP_SYS(prctl), 1, { IS(0, PR_GET_NAME) } },
	{ SCMP_SYS(prctl), 1, { IS(0, PR_GET_DUMPABLE) } },
	{ SCMP_SYS(prctl), 1, { IS(0, PR_SET_VMA) } },
	/* Limits are read, not set. */
	{ SCMP_SYS(prlimit64), 1, { { 2, UINT64_MAX, 0 } } },
};

/* Pieces that malloc takes from the heap rather than from the kernel. */
#define RESERVE_PIECE ((size_t)64 * 1024)
#define RESERVE_PIECES 16

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void *reserve_memory(void);
static int add_all(scmp_filter_ctx filter);
static int add(scmp_filter_ctx filter, uint32_t action, int call);
static int add_condition(scmp_filter_ctx filter,
    const struct condition *condition);
static int add_own(scmp_filter_ctx filter);

enum lh_err
call_filter_install(struct lh_cause *cause)
{
	void *lid = reserve_memory();
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int problem = filter == NULL ? -ENOMEM : add_all(filter);

	if (problem == 0)
		problem = seccomp_load(filter);
	seccomp_release(filter);
	free(lid);
	if (problem == 0)
		return LH_OK;
	lh_cause_set(cause, "cannot filter system calls: %s",
	    strerror(-problem));
	return problem == -EINVAL || problem == -ENOSYS ?
	    LH_ERR_UNSUPPORTED : LH_ERR_SYSTEM;
}

/* Without memory libseccomp crashes, never ends, or makes another filter, and
 * it takes no other allocator. What it needs, some 300 KiB, is had before, or
 * the process ends here. What is given back stays in the heap as long as there
 * is something above it: the lid, which the caller frees. */
static void *
reserve_memory(void)
{
	void *pieces[RESERVE_PIECES], *lid;

	for (size_t i = 0; i < RESERVE_PIECES; i++)
		pieces[i] = xmalloc(RESERVE_PIECE);
	lid = xmalloc(RESERVE_PIECE);
	for (size_t i = 0; i < RESERVE_PIECES; i++)
		free(pieces[i]);
	return lid;
}

static int
add_all(scmp_filter_ctx filter)
{
	int problem = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
	size_t i;

	if (problem == 0)
		problem = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH,
		    SCMP_ACT_KILL_PROCESS);
	/* A tree to search rather than a list to walk. */
	if (problem == 0)
		problem = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	/* The kernel's log names what was refused; it is no more than a help. */
	(void)seccomp_attr_set(filter, SCMP_FLTATR_CTL_LOG, 1);
	for (i = 0; problem == 0 && i < COUNT(allowed); i++)
		problem = add(filter, SCMP_ACT_ALLOW, allowed[i]);
	for (i = 0; problem == 0 && i < COUNT(deadly); i++)
		problem = add(filter, SCMP_ACT_KILL_PROCESS, deadly[i]);
	for (i = 0; problem == 0 && i < COUNT(conditions); i++)
		problem = add_condition(filter, &conditions[i]);
	return problem == 0 ? add_own(filter) : problem;
}

/* A call that this machine does not have needs no rule. */
static int
add(scmp_filter_ctx filter, uint32_t action, int call)
{
	int problem = seccomp_rule_add(filter, action, call, 0);

	return problem == -EDOM ? 0 : problem;
}

static int
add_condition(scmp_filter_ctx filter, const struct condition *condition)
{
	struct scmp_arg_cmp parts[2];
	int problem;

	for (unsigned i = 0; i < condition->count; i++)
		parts[i] = SCMP_CMP(condition->parts[i].arg,
		    SCMP_CMP_MASKED_EQ, condition->parts[i].mask,
		    condition->parts[i].value);
	problem = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW,
	    condition->call, condition->count, parts);
	return problem == -EDOM ? 0 : problem;
}

/* abort() signals its own thread. A new thread is asked for by clone3() first,
 * whose arguments no filter sees: "no such call" makes the C library take
 * clone(). A new process is none of ours. */
static int
add_own(scmp_filter_ctx filter)
{
	int problem = seccomp_rule_add(filter, SCMP_ACT_ALLOW,
	    SCMP_SYS(tgkill), 1, SCMP_A0(SCMP_CMP_EQ,
	    (scmp_datum_t)getpid()));

	if (problem == 0)
		problem = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS),
		    SCMP_SYS(clone3), 0);
	if (problem == 0)
		problem = seccomp_rule_add(filter, SCMP_ACT_KILL_PROCESS,
		    SCMP_SYS(clone), 1, SCMP_A0(SCMP_CMP_MASKED_EQ,
		    CLONE_THREAD, 0));
	return problem;
}

#endif
