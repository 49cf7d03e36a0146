"""Becomes a program that inherits sockets, as a service manager starts it.

hand_over.py NUMBER,... NAME:... PROGRAM ARGUMENT...
"""

import fcntl
import os
import sys

FIRST = 3


def main():
    """Put the descriptors where the protocol wants them."""
    numbers = [int(number) for number in sys.argv[1].split(",")]
    # Out of the way first: one of them may stand where another has to go.
    copies = [fcntl.fcntl(number, fcntl.F_DUPFD_CLOEXEC, 100)
              for number in numbers]
    for i, copy in enumerate(copies):
        os.dup2(copy, FIRST + i)
    os.environ["LISTEN_PID"] = str(os.getpid())
    os.environ["LISTEN_FDS"] = str(len(numbers))
    os.environ["LISTEN_FDNAMES"] = sys.argv[2]
    os.execv(sys.argv[3], sys.argv[3:])


main()
