"""Runs the jobs: takes what is due, keeps its leases, settles each one, and outlives whatever goes wrong.

A job belongs to the worker that took it for as long as the lease is renewed. A worker that was paused past its lease
finds another attempt on the row and can neither settle the job nor note progress.
"""

import asyncio
import itertools
import os
import platform
import traceback
from collections.abc import Awaitable
from contextlib import suppress
from contextvars import Context
from pathlib import Path
from typing import Final

from app.core import clock, log
from app.core.errors import Unavailable
from app.core.log import redacted
from app.core.secrets import jitter, new_token
from app.jobs import handlers, queries, queue
from app.jobs.handlers import Handler, LeaseLost, RunningJob, register
from app.jobs.schedule import Timetable, timetable
from app.web.readonly import saving

__all__ = ["Handler", "LeaseLost", "RunningJob", "Worker", "pause_after", "register", "work"]

LEASE: Final = 30.0
_LOOK_EVERY: Final = 2.0
_SCHEDULE_EVERY: Final = 20.0
_MAY_FINISH_FOR: Final = 2.0  # when told to stop; what is not done by then is cancelled
_MAY_UNWIND_FOR: Final = 5.0
_LONGEST_PAUSE: Final = 3600
_LONGEST_ERROR: Final = 2000
_LOST: Final = "The worker that ran it was not heard of any more."
_log = log.logger("app.jobs")


async def work(stop: asyncio.Event, slots: int = 4) -> None:
    """Run jobs, so many at a time, until told to stop; what is then still running goes back to the queue."""
    await Worker(slots).run(stop)


def pause_after(attempt: int) -> float:
    """Seconds until the next try: four times longer each time, and never the same for two jobs."""
    pause = float(min(10 * 4 ** (attempt - 1), _LONGEST_PAUSE))
    return pause + jitter(pause / 2)


class _Run:
    """A job that is running here: the task of its handler, and until when it is ours."""

    def __init__(self, job: RunningJob, lease_until: float) -> None:
        self.job = job
        self.lease_until = lease_until
        self.is_lost = False
        self.is_stopped = False
        self.task = asyncio.create_task(handlers.run(job), context=Context())

    def __str__(self) -> str:
        return f"{self.job.id} ({self.job.kind}, try {self.job.attempt})"

    def failure(self) -> BaseException | None:
        """Why the handler ended, where it did not end well."""
        return asyncio.CancelledError("It was cancelled.") if self.task.cancelled() else self.task.exception()

    def lose(self) -> None:
        """Somebody else may run it by now."""
        if not self.task.done():
            self.is_lost = True
            self.task.cancel()

    def stop(self) -> None:
        """It has to be given back."""
        if not self.task.done():
            self.is_stopped = True
            self.task.cancel()


class Worker:
    """Some slots, each of which runs one job at a time."""

    def __init__(self, slots: int, lease: float = LEASE, plan: Timetable = timetable) -> None:
        self.name = f"{platform.node()[:30]}:{os.getpid()}:{new_token()[:6]}"
        self._slots = slots
        self._lease = lease
        self._plan = plan
        self._runs: dict[asyncio.Task[None], _Run] = {}
        self._bell = asyncio.Event()
        self._trouble = ""
        self._due: dict[str, float] = {}

    async def run(self, stop: asyncio.Event) -> None:
        """Work until told to stop."""
        keeper = asyncio.create_task(self._keep(), context=Context())
        stopper = asyncio.create_task(stop.wait())
        stopper.add_done_callback(lambda _: self._bell.set())
        try:
            with queue.heard_by(self._bell.set):
                while not stop.is_set():
                    self._bell.clear()
                    await _either(self._bell if await self._survived(self._round()) else stop, _LOOK_EVERY)
        finally:
            stopper.cancel()
            await self._wind_up()
            keeper.cancel()
            await asyncio.wait({keeper, stopper})

    # Taking -------------------------------------------------------------------------------------------------------

    async def _round(self) -> None:
        if saving.rests:  # there is no room for what a job may write
            return
        if self._is_time("schedule", _SCHEDULE_EVERY):
            await self._plan.enqueue()
        if self._is_time("reclaim", self._lease / 6):
            await queries.reclaim(_LOST)
        free = self._slots - len(self._runs)
        if free > 0:
            start = clock.monotonic()
            for taken in await queries.take(handlers.kinds(), free, self.name, self._lease):
                self._begin(RunningJob(taken), start + self._lease)
        self._trouble = ""

    def _is_time(self, what: str, seconds: float) -> bool:
        now = clock.monotonic()
        if now < self._due.get(what, 0.0):
            return False
        self._due[what] = now + seconds
        return True

    def _begin(self, job: RunningJob, lease_until: float) -> None:
        run = _Run(job, lease_until)
        attendant = asyncio.create_task(self._attend(run), context=Context())
        self._runs[attendant] = run
        attendant.add_done_callback(self._ended)

    def _ended(self, attendant: asyncio.Task[None]) -> None:
        run = self._runs.pop(attendant)
        self._bell.set()
        if not attendant.cancelled() and (failure := attendant.exception()):
            _log.error("The end of job %s could not be written: %s", run, told(failure), exc_info=failure)

    # Keeping ------------------------------------------------------------------------------------------------------

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(self._lease / 3)
            await self._survived(self._renew())
            for run in self._runs.values():
                if run.lease_until < clock.monotonic():
                    run.lose()

    async def _renew(self) -> None:
        runs = {run.job.id: run for run in self._runs.values() if not run.task.done()}
        if not runs:
            return
        start = clock.monotonic()
        kept = await queries.renew({job: run.job.attempt for job, run in runs.items()}, self._lease)
        for job, run in runs.items():
            if job in kept:
                run.lease_until = start + self._lease
            else:
                run.lose()

    # Settling -----------------------------------------------------------------------------------------------------

    async def _attend(self, run: _Run) -> None:
        """See one job to its end. The handler is a task of its own, so cancelling it cancels no bookkeeping."""
        await asyncio.wait({run.task})
        failure = run.failure()
        if run.is_lost:
            _log.warning("Lost the lease of job %s", run)
            return
        for pause in itertools.repeat(1.0):
            with suppress(Unavailable):
                await _settle(run, failure)
                return
            await asyncio.sleep(pause + jitter(pause))

    # Ending -------------------------------------------------------------------------------------------------------

    async def _wind_up(self) -> None:
        await self._left_after(_MAY_FINISH_FOR)
        for run in self._runs.values():
            run.stop()
        for attendant in await self._left_after(_MAY_UNWIND_FOR):
            _log.warning(
                "Job %s does not stop; another worker takes it when its lease has run out", self._runs[attendant]
            )
            attendant.cancel()

    async def _left_after(self, seconds: float) -> set[asyncio.Task[None]]:
        if not self._runs:
            return set()
        _, left = await asyncio.wait(set(self._runs), timeout=seconds)
        return left

    async def _survived(self, attempt: Awaitable[None]) -> bool:
        """Whether this went well. A failure is logged once for as long as it stays the same."""
        try:
            await attempt
        except Exception as failure:  # noqa: BLE001 - the worker has to outlive whatever happens to it
            self._note(failure)
            return False
        return True

    def _note(self, failure: Exception) -> None:
        if repr(failure) == self._trouble:
            return
        self._trouble = repr(failure)
        if isinstance(failure, Unavailable):
            _log.warning("Jobs wait until the database is back")
        else:
            _log.error("Jobs cannot go on: %s", told(failure), exc_info=failure)


async def _either(event: asyncio.Event, seconds: float) -> None:
    """Until it happens, or about so long."""
    waiting = asyncio.create_task(event.wait())
    await asyncio.wait({waiting}, timeout=seconds + jitter(seconds / 4))
    waiting.cancel()


async def _settle(run: _Run, failure: BaseException | None) -> None:
    job = run.job
    if run.is_stopped and run.task.cancelled():
        await queries.give_back(job.id, job.attempt)
    elif failure is None:
        await queries.finish(job.id, job.attempt)
    else:
        state = await queries.fail(job.id, job.attempt, pause_after(job.attempt), told(failure))
        if state == "DEAD":
            _log.error("Job %s is dead: %s", run, told(failure), exc_info=failure)
        else:
            _log.warning("Job %s failed: %s", run, told(failure))


def told(failure: BaseException) -> str:
    """What happened and where, in one line that holds no secret."""
    first = str(failure).partition("\n")[0]
    steps = traceback.extract_tb(failure.__traceback__)
    where = f" ({Path(steps[-1].filename).name}:{steps[-1].lineno} in {steps[-1].name})" if steps else ""
    text = redacted(f"{type(failure).__name__}: {first}")[:_LONGEST_ERROR] + where
    return text.encode("utf-8", "replace").decode()
