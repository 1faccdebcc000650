"""The beginning of a worker process.

Called as `python -m app.web.worker module:function SOCKETS LINE ARGUMENTS…`.
"""

import importlib
import socket
import sys
from collections.abc import Sequence

from app.core.errors import AppError
from app.web import lifeline


def main(given: Sequence[str]) -> int:
    """Find what is to be run, and run it on the sockets that the parent left open for us."""
    entry, descriptors, line, *arguments = given
    lifeline.tie(socket.socket(fileno=int(line)))
    sockets = [socket.socket(fileno=int(each)) for each in descriptors.split(",")]
    module, _, name = entry.partition(":")
    try:
        code: int = getattr(importlib.import_module(module), name)(sockets, *arguments)
    except AppError as known:
        sys.stderr.write(f"{known}\n")
        return 1
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
