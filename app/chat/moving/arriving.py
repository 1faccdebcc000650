"""A file is brought in: read in a thread, written batch by batch, each batch wholly or not at all.

Run again after a crash, it goes on where it was; brought twice, nothing comes twice. What became of a conversation is
noted in the unit of work that makes it so.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import aclosing
from typing import Final
from uuid import UUID

from app.audit import service as audit
from app.chat.moving import files
from app.chat.moving.came import LeftOut
from app.chat.moving.opening import Progress
from app.chat.moving.pace import Batch, batches
from app.chat.moving.placing import Placing
from app.chat.moving.queries import imports as queries
from app.chat.moving.surroundings import Surroundings
from app.core.language import marked
from app.database.engine import atomic
from app.notifications.service import notify

ELSEWHERE: Final = marked(
    "The file is not where the work is done. The server and `commonplace work` need the same data directory."
)
IS_THERE: Final = marked("What you brought along is there: “%(name)s”.")
IS_NOT_THERE: Final = marked("What you wanted to bring along could not be read: “%(name)s”.")

Tell = Callable[[int], Awaitable[None]]


class NotHere(Exception):
    """The file lies on another host. Whoever tries next may be there."""


async def bring(user_id: UUID, import_id: UUID, tell: Tell) -> None:
    """Everything that is in the file."""
    path = files.path_of(import_id)
    if not path.is_file():
        raise NotHere
    begin, progress = await queries.last_number(user_id, import_id), Progress()
    around = await Surroundings.of(user_id)
    async with aclosing(_aside(batches(path, progress, begin))) as reading:
        async for batch in reading:
            if why := _not_at_all(batch):
                await _end(user_id, import_id, why)
                break
            if not await _taken(user_id, import_id, batch, around):
                break  # it was stopped
            await tell(int(progress.share * 99))
        else:
            await _end(user_id, import_id)
    files.remove(import_id)


async def give_up(user_id: UUID, import_id: UUID) -> None:
    """Nobody who tried was where the file is, or it was stopped and is gone."""
    await _end(user_id, import_id, ELSEWHERE)


async def _aside(reading: Generator[Batch, None, None]) -> AsyncGenerator[Batch, None]:
    """Each batch, read in a thread. Whoever leaves early waits until that has let go of the file."""
    step: asyncio.Task[Batch | None] | None = None
    try:
        while True:
            step = asyncio.create_task(asyncio.to_thread(next, reading, None))
            batch = await asyncio.shield(step)
            if batch is None:
                return
            yield batch
    finally:
        if step is not None:
            await asyncio.wait({step})
        reading.close()


def _not_at_all(batch: Batch) -> str:
    """Why nothing of the file can be read, where it is so: then this is the first and only thing said of it."""
    first = batch.parts[0] if batch.parts else None
    is_whole_file = first is not None and first.number == 1 and isinstance(first.came, LeftOut) and not first.came.where
    return first.came.why if is_whole_file and first is not None and isinstance(first.came, LeftOut) else ""


async def _taken(user_id: UUID, import_id: UUID, batch: Batch, around: Surroundings) -> bool:
    """Whether the import is still wanted; then all of the batch is there."""
    async with atomic():
        await queries.take_person(user_id)
        if not await queries.goes_on(user_id, import_id):
            return False
        placing = Placing(user_id, batch.parts, around)
        await queries.note(user_id, import_id, await placing.done())
    return True


async def _end(user_id: UUID, import_id: UUID, why: str = "") -> None:
    row = await queries.import_of(user_id, import_id)
    text = IS_NOT_THERE if why else IS_THERE
    async with atomic():
        if row is None or not await queries.end(user_id, import_id, "FAILED" if why else "DONE", why):
            return
        source, details = ("import", import_id), {"name": row["name"]}
        await notify(user_id, "import", text, f"/c/import/{import_id}", details=details, source=source)
        counts = {each["outcome"].lower(): each["conversations"] for each in await queries.counts(user_id, [import_id])}
        await audit.record(user_id, "chat.imported", "import", import_id, counts)
