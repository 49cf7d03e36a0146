"""Forces a core out of a daemon, which forbids that.

The two calls by which it forbids it are taken from it by a library that is
loaded before it; then it is the very program that is under test elsewhere,
with the memory that it has there. The kernel writes the core, or, where that
hands cores to a program, gdb, which leaves out the same mappings.
"""

import functools
import pathlib
import shutil
import signal
import subprocess
import tempfile

from support.waiting import until

ABORT = "ulimit -c unlimited && kill -ABRT $$"
SOURCE = pathlib.Path(__file__).with_name("undo_hardening.c")


def options(folder):
    """What a daemon needs to be made with; its folder is where it lands."""
    library = pathlib.Path(folder) / "undo_hardening.so"
    subprocess.run(["cc", "-std=gnu11", "-D_GNU_SOURCE", "-O1", "-fPIC",
                    "-shared", "-o", str(library), str(SOURCE)], check=True)
    return {"env": {"LD_PRELOAD": str(library)},
            "exit_status": -end()}


def end():
    """The signal that ends it."""
    return signal.SIGABRT if kernel_writes() else signal.SIGKILL


@functools.lru_cache
def kernel_writes():
    """Whether a process that aborts leaves a core where it was."""
    with tempfile.TemporaryDirectory(prefix="leasehold-core.") as folder:
        subprocess.run(["sh", "-c", ABORT], cwd=folder,
                       stderr=subprocess.DEVNULL, check=False)
        return bool(found_in(folder))


def why_not():
    """The reason why no core can be had here, or None."""
    if kernel_writes() or shutil.which("gcore"):
        return None
    return "the kernel writes no core here, and gdb is missing"


def force(daemon):
    """Ends a daemon; the bytes of its core."""
    if not kernel_writes():
        subprocess.run(["gcore", "-o", str(daemon.folder / "core"),
                        str(daemon.pid)], check=True, capture_output=True)
    daemon.signal(end())
    assert daemon.wait() == -end()
    path, = until(lambda: found_in(daemon.folder), 30, "a core")
    data = path.read_bytes()
    path.unlink()
    return data


def found_in(folder):
    """The cores in a folder, whatever their names."""
    return [path for path in pathlib.Path(folder).iterdir()
            if path.is_file() and is_core(path)]


def is_core(path):
    """Whether a file is an ELF file of type 4."""
    with open(path, "rb") as file:
        head = file.read(18)
    return head[:4] == b"\x7fELF" and head[16:] == b"\x04\0"
