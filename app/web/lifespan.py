"""The app's own start and end. Where its start fails, its own exception comes out, with its sentence."""

import asyncio
import contextlib

from app.web.interface import Application, Message, Scope


class LifespanFailed(RuntimeError):
    """The app said that it cannot start or end, and raised nothing."""


class Lifespan:
    """One task in which the app starts, waits and ends, so that it may hold what belongs to one task."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._to_app: asyncio.Queue[Message] = asyncio.Queue()
        self._answered = asyncio.Event()
        self._failure: str | None = None
        self._task: asyncio.Task[None] | None = None
        self.state: Scope = {}

    async def start(self) -> None:
        """Return when the app is ready; raise what kept it from that."""
        scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": self.state}
        self._task = asyncio.create_task(self._run(scope))
        self._task.add_done_callback(lambda _task: self._answered.set())
        await self._ask("lifespan.startup", self._task)

    async def stop(self) -> None:
        """Return when the app has ended; raise what went wrong there."""
        if self._task is not None and not self._task.done():
            await self._ask("lifespan.shutdown", self._task)
            await self._task

    async def abandon(self) -> None:
        """End the app without asking it."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait((self._task,))

    async def _run(self, scope: Scope) -> None:
        try:
            with contextlib.suppress(asyncio.CancelledError):
                await self._application(scope, self._to_app.get, self._hear)
        except BaseExceptionGroup as several:  # Litestar wraps what goes wrong; nobody catches an error by its group
            raise several.exceptions[0]  # noqa: B904 - it keeps the cause that it has

    async def _hear(self, message: Message) -> None:
        if message["type"].endswith(".failed"):
            self._failure = message.get("message", "")
        self._answered.set()

    async def _ask(self, what: str, task: "asyncio.Task[None]") -> None:
        self._answered.clear()
        self._to_app.put_nowait({"type": what})
        await self._answered.wait()
        if self._failure is not None:
            await task  # it usually raises as well, and its exception says more than its message
            raise LifespanFailed(self._failure)
        if task.done():
            task.result()  # an app that knows no lifespan just returns
