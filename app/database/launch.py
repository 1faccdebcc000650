"""Runs as a script of its own: become PostgreSQL, as the right user, and end with the process that asked for it.

Doing this between fork and exec in Python would be unsafe in a process with threads; ten milliseconds are worth it.
Arguments: the asking process, user id, group id (-1 to stay), the program, its arguments.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def become(parent: int, user: int, group: int, command: list[str]) -> None:
    """Change user before asking for the signal: the kernel forgets the wish when the user changes."""
    if user >= 0:
        os.setgroups([])
        os.setgid(group)
        os.setuid(user)
    os.umask(0o077)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGINT)
    if os.getppid() == parent:  # otherwise it died in the meantime and the signal will never come
        os.execv(command[0], command)  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    _, asking, as_user, as_group, *to_run = sys.argv
    become(int(asking), int(as_user), int(as_group), to_run)
