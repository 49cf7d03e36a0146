"""Becomes a container: `confine.py JSON` sets itself up and runs a command.

What a kubelet does for a pod with readOnlyRootFilesystem and all capabilities
dropped, as far as the process can see: a mount namespace whose root is the
given folder, read-only; volumes, which are folders of the host, at the named paths;
files of the host laid over others; another user; no capability, and none to be had. The network is that
of the host. Needs root. It is a program of its own, for a process of several
threads cannot do this safely between fork and exec.
"""

import ctypes
import json
import os
import sys

CLONE_NEWNS = 0x00020000
MS_RDONLY, MS_REMOUNT, MS_BIND, MS_REC = 1, 32, 4096, 16384
MS_PRIVATE = 1 << 18
PR_SET_NO_NEW_PRIVS, PR_CAPBSET_DROP = 38, 24
LAST_CAP = "/proc/sys/kernel/cap_last_cap"

libc = ctypes.CDLL(None, use_errno=True)


def call(name, *arguments):
    """A function of libc that gives 0, or an error."""
    if getattr(libc, name)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")


def mount(source, target, kind, flags, data=None):
    """mount(2)."""
    call("mount", *(text and text.encode() for text in (source, target, kind)),
         ctypes.c_ulong(flags), data and data.encode())


def enter(told):
    """Mounts, the new root, and nothing of the old one."""
    root = told["root"]
    call("unshare", CLONE_NEWNS)
    mount(None, "/", None, MS_REC | MS_PRIVATE)
    mount(root, root, None, MS_BIND)
    for path, source in told["volumes"].items():
        mount(source, root + path, None, MS_BIND)
    for path, source in told["files"].items():
        mount(source, root + path, None, MS_BIND)
        mount(None, root + path, None, MS_BIND | MS_REMOUNT | MS_RDONLY)
    mount(None, root, None, MS_BIND | MS_REMOUNT | MS_RDONLY)
    os.chroot(root)
    os.chdir("/")


def drop(told, last_cap):
    """Become the user, without any capability."""
    for number in range(last_cap + 1):
        call("prctl", PR_CAPBSET_DROP, number, 0, 0, 0)
    os.setgroups([])
    os.setgid(told["group"])
    os.setuid(told["user"])
    call("prctl", PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)


def main():
    """What to do comes as JSON in the first argument."""
    told = json.loads(sys.argv[1])
    with open(LAST_CAP, encoding="ascii") as file:
        last_cap = int(file.read())
    enter(told)
    drop(told, last_cap)
    os.execve(told["command"][0], told["command"], told["env"])


if __name__ == "__main__":
    main()
