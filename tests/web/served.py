"""The small app in processes of its own: python -m tests.web.served HOW PORT [FOLDER]."""

import os
import socket
import sys
from collections.abc import Sequence
from pathlib import Path

from app.core.errors import Misconfigured
from app.web import listening
from app.web.edge import Edge
from app.web.interface import Application
from app.web.protocol import Limits
from app.web.server import serve
from app.web.watch import Watch
from app.web.workers import Patience, workers
from tests.web import wire

ENTRY = "tests.web.served:work"
ALONE: dict[str, Application] = {
    "tiny": wire.tiny,
    "edge": Edge(wire.tiny, ["localhost"]),
    "stuck": wire.forever,
    "patient": wire.forever,
}


def work(sockets: Sequence[socket.socket], *arguments: str) -> int:
    """What a worker does."""
    if "fails" in arguments:
        return 7
    return serve(wire.tiny, sockets, limits=Limits(drain_s=2))


def main() -> int:
    how, port, *folder = sys.argv[1:]
    try:
        sockets = listening.bind("127.0.0.1", int(port))
    except Misconfigured as wrong:
        sys.stderr.write(f"{wrong}\n")
        return 2

    def on_ready() -> None:
        sys.stdout.write(f"{listening.port_of(sockets)} {os.getpid()}\n")
        sys.stdout.flush()

    if how in ALONE:
        return serve(ALONE[how], sockets, on_ready=on_ready, limits=Limits(drain_s=60 if how == "patient" else 1))
    watch = Watch([Path(folder[0])]) if folder else None
    entry = (ENTRY, "fails") if how == "failing" else (ENTRY,)
    count = 1 if folder else 2
    return workers(count, entry, sockets, on_ready=on_ready, watch=watch, patience=Patience(look_s=0.1))


if __name__ == "__main__":
    sys.exit(main())
