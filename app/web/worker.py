"""The beginning of a worker process.

Called as `python -m app.web.worker module:function SOCKETS LINE ARGUMENTS…`.
"""

import importlib
import socket
import sys
from collections.abc import Sequence

from app.web import lifeline


def main(given: Sequence[str]) -> int:
    """Find what is to be run, and run it on the sockets that the parent left open for us."""
    entry, descriptors, line, *arguments = given
    lifeline.tie(socket.socket(fileno=int(line)))
    sockets = [socket.socket(fileno=int(each)) for each in descriptors.split(",")]
    module, _, name = entry.partition(":")
    code: int = getattr(importlib.import_module(module), name)(sockets, *arguments)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
