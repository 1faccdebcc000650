"""What ties a worker to the process that started it: it says when it is ready, and ends when its parent is gone."""

import asyncio
import socket
from collections.abc import Callable

READY = b"ready\n"


class Lifeline:
    """The worker's end; without a parent it does nothing."""

    def __init__(self, end: socket.socket | None = None) -> None:
        self._end = end

    def tell_ready(self) -> None:
        """Say that connections are accepted from now on."""
        if self._end is not None:
            self._end.send(READY)

    def when_cut(self, then: Callable[[], None]) -> None:
        """Call `then` when the parent has ended, however it did."""
        if self._end is not None:
            asyncio.get_running_loop().add_reader(self._end, _cut, self._end, then)


def _cut(end: socket.socket, then: Callable[[], None]) -> None:
    asyncio.get_running_loop().remove_reader(end)
    then()


_ours = [Lifeline()]


def tie(end: socket.socket) -> None:
    """Make this process a worker, tied to its parent by this."""
    end.settimeout(0)
    _ours[0] = Lifeline(end)


def of_this_process() -> Lifeline:
    """Give the line to our parent; a loose one, where we are on our own."""
    return _ours[0]
