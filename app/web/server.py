"""The HTTP server of one process: uvicorn's protocol on uvloop, with an end of our own.

uvicorn's server waits for open streams until they end by themselves, and dies of the signal that ended it; here the
streams are told (`app.web.drain`), what runs is finished, and the process ends with 0.
"""

import asyncio
import contextlib
import faulthandler
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from email.utils import format_datetime
from types import FrameType
from typing import Any

import uvloop
from uvicorn.config import Config

from app.core import clock, log
from app.web import lifeline, listening
from app.web.drain import draining
from app.web.interface import Application
from app.web.lifespan import Lifespan
from app.web.protocol import Connection, Crowd, Limits

_log = log.logger("app.web.server")
_ENOUGH = 2  # signals: the first asks, the second insists, any further one gets what it wants
_GRACE_S = 5


def serve(
    application: Application,
    sockets: Sequence[socket.socket],
    *,
    on_ready: Callable[[], None] | None = None,
    limits: Limits | None = None,
) -> int:
    """Serve until told to end (SIGTERM, SIGINT, SIGHUP), and return the exit code.

    What keeps the app from starting is raised.
    """
    listening.allow_many_files()
    server = Server(application, limits or Limits())
    with server.hearing_signals(), asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        code = runner.run(server.run(sockets, on_ready))
    faulthandler.cancel_dump_traceback_later()
    return code


class Server:
    """From the first connection to the last."""

    def __init__(self, application: Application, limits: Limits) -> None:
        self.limits = limits
        self.crowd = Crowd(limits)
        self._lifespan = Lifespan(application)
        self._config = _config(application, limits)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._told = asyncio.Event()
        self._insisted = asyncio.Event()
        self._signals: list[int] = []

    async def run(self, sockets: Sequence[socket.socket], on_ready: Callable[[], None] | None = None) -> int:
        """Live from start to end in the loop that runs."""
        self._loop = asyncio.get_running_loop()
        draining.reset()
        if self._signals:
            self._told.set()
        if not await self._start():
            return 0
        doors = [
            await self._loop.create_server(self._connection, sock=each, backlog=listening.BACKLOG) for each in sockets
        ]
        beat = asyncio.create_task(self._beat())
        line = lifeline.of_this_process()
        line.when_cut(self.stop)
        _each(line.tell_ready, on_ready)
        await self._told.wait()
        await self._drain(doors)
        await _ended(beat)
        return 128 + self._signals[-1] if len(self._signals) >= _ENOUGH else 0

    def stop(self) -> None:
        """End, as after a signal. Called in the event loop."""
        if self._told.is_set():
            self._insisted.set()
        self._told.set()

    # Start --------------------------------------------------------------------------------------------------------

    async def _start(self) -> bool:
        """Whether the app is ready; not, if we are told to end before it is."""
        starting = asyncio.create_task(self._lifespan.start())
        told = asyncio.create_task(self._told.wait())
        await asyncio.wait((starting, told), return_when=asyncio.FIRST_COMPLETED)
        told.cancel()
        if starting.done():
            starting.result()
            return True
        await self._lifespan.abandon()
        await _ended(starting)
        return False

    def _connection(self) -> Connection:
        return Connection(self._config, self.crowd, self._lifespan.state)

    async def _beat(self) -> None:
        """Renew the Date header once a second."""
        while True:
            stamp = format_datetime(clock.now(), usegmt=True).encode()
            self.crowd.state.default_headers = [(b"date", stamp)]
            await asyncio.sleep(1)

    # End ----------------------------------------------------------------------------------------------------------

    async def _drain(self, doors: list[asyncio.Server]) -> None:
        """Close the doors, tell the streams, wait for what runs; at last end it."""
        faulthandler.dump_traceback_later(self.limits.drain_s + self.limits.farewell_s + _GRACE_S, exit=True)
        for door in doors:
            door.close()
        draining.begin()
        for connection in self.crowd.everybody():
            connection.shutdown()
        await self._until_empty()
        await self._cut()
        await self._farewell()

    async def _until_empty(self) -> None:
        deadline = clock.monotonic() + self.limits.drain_s
        state = self.crowd.state
        insisted = asyncio.create_task(self._insisted.wait())
        while (state.connections or state.tasks) and clock.monotonic() < deadline and not insisted.done():
            await asyncio.wait((insisted,), timeout=0.02)
        insisted.cancel()

    async def _cut(self) -> None:
        state = self.crowd.state
        if state.tasks:
            _log.warning("%d requests did not end in time and were cut off", len(state.tasks))
        for connection in self.crowd.everybody():
            connection.transport.abort()
        for task in state.tasks.copy():
            task.cancel()
        if state.tasks:
            await asyncio.wait(state.tasks.copy(), timeout=0.5)

    async def _farewell(self) -> None:
        patience = 0.2 if self._insisted.is_set() else self.limits.farewell_s
        try:
            await asyncio.wait_for(self._lifespan.stop(), patience)
        except TimeoutError:
            _log.warning("The app did not end within %g seconds", patience)

    # Signals ------------------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def hearing_signals(self) -> Iterator[None]:
        """While this lasts, signals end the server; plain handlers, which are heard where the loop is stuck as well."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        heard = [
            each for each in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP) if signal.getsignal(each) != signal.SIG_IGN
        ]
        before = {each: signal.signal(each, self._on_signal) for each in heard}
        try:
            yield
        finally:
            for each, handler in before.items():
                signal.signal(each, handler)

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        self._signals.append(number)
        if len(self._signals) > _ENOUGH:
            os._exit(128 + number)
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self.stop)


def _config(application: Application, limits: Limits) -> Config:
    config = Config(
        _quietly(application),
        http=Connection,
        loop="none",
        ws="none",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=limits.idle_s,  # type: ignore[arg-type]  # only call_later sees it, which takes fractions
        reset_contextvars=True,
    )
    config.load()
    return config


def _quietly(application: Application) -> Application:
    """Log no error for a request that is cut off at the very end."""

    async def run(scope: Any, receive: Any, send: Any) -> None:
        try:
            await application(scope, receive, send)
        except asyncio.CancelledError:
            if not draining.is_set():
                raise

    return run


def _each(*calls: Callable[[], None] | None) -> None:
    for call in calls:
        if call is not None:
            call()


async def _ended(task: "asyncio.Task[None]") -> None:
    task.cancel()
    await asyncio.wait((task,))
