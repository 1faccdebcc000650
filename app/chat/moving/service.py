"""Bringing conversations along from elsewhere: a file is taken, read in the background, and erased.

The file lies in the data directory until then. So whatever does the work shares that directory: the server itself, or
`commonplace work` on the same host. A job that finds no file leaves it to the next who tries.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Final, Literal
from uuid import UUID

from app.chat.moving import files
from app.chat.moving.loose import title_of
from app.chat.moving.opening import wrong_with
from app.chat.moving.queries import imports as queries
from app.core.clock import now
from app.core.errors import Conflict, NotFound, Rejected
from app.core.ids import new_id
from app.core.language import marked
from app.core.settings import settings
from app.database.engine import atomic, db
from app.jobs.queue import later

FIELD: Final = "file"
MOST_WAITING: Final = 3
RESULTS_SHOWN: Final = 100
LOST: Final = marked("The work was given up after several tries. What had come by then is there.")
TRIES: Final = 5
_ABANDONED_AFTER: Final = timedelta(hours=1)

State = Literal["WAITING", "DONE", "FAILED", "STOPPED"]
Outcome = Literal["NEW", "GROWN", "SAME", "LEFT_OUT"]


class TooManyImports(Conflict):
    """One after the other."""

    code = "TOO_MANY_IMPORTS"
    sentence = marked("Three files are being read for you already. Wait until one of them is done.")


@dataclass(frozen=True, slots=True)
class Counts:
    """What became of the conversations of a file."""

    new: int = 0
    grown: int = 0
    same: int = 0
    left_out: int = 0
    messages: int = 0


@dataclass(frozen=True, slots=True)
class Import:
    """One file, as whoever brought it sees it."""

    id: UUID
    name: str
    size: int
    state: State
    why: str
    progress: int
    created_at: datetime
    finished_at: datetime | None
    counts: Counts = field(default_factory=Counts)

    @property
    def is_running(self) -> bool:
        return self.state == "WAITING"


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one conversation. `conversation_id` leads to it, if it is there."""

    number: int
    title: str
    outcome: Outcome
    messages: int
    left_out: int
    why: str
    conversation_id: UUID | None


Fetch = Callable[[Path], Awaitable[tuple[str, int]]]


def most_bytes() -> int:
    """The largest file that is taken."""
    return settings().import_most_mb * 1_000_000


async def begin(user_id: UUID, fetch: Fetch) -> UUID:
    """Take a file, and have it read. `fetch` writes it to the path that it is given; its name there, and its size."""
    if await queries.unfinished(user_id) >= MOST_WAITING:
        raise TooManyImports
    import_id = new_id()
    files.made_room()
    try:
        name, size = await fetch(files.path_of(import_id))
        _check(files.path_of(import_id))
        await _kept(user_id, import_id, title_of(name), size)
    except BaseException:
        files.remove(import_id)
        raise
    return import_id


def _check(path: Path) -> None:
    if why := wrong_with(path):
        raise Rejected(fields={FIELD: why})


async def _kept(user_id: UUID, import_id: UUID, name: str, size: int) -> None:
    async with atomic():
        await queries.add(import_id, user_id, name, size)
        payload, key = {"import": import_id}, f"import:{import_id}"
        await later("chat.import", payload, user_id=user_id, unique_key=key, most_attempts=TRIES)


async def listed(user_id: UUID) -> list[Import]:
    """What this person brought, the newest first."""
    rows = await queries.imports_of(user_id)
    counts = await _counts(user_id, [row["id"] for row in rows])
    return [Import(**row, counts=counts.get(row["id"], Counts())) for row in rows]


async def one(user_id: UUID, import_id: UUID) -> Import:
    """One of them."""
    row = await queries.import_of(user_id, import_id)
    if row is None:
        raise NotFound
    counts = await _counts(user_id, [import_id])
    return Import(**row, counts=counts.get(import_id, Counts()))


async def _counts(user_id: UUID, import_ids: list[UUID]) -> Mapping[UUID, Counts]:
    found: dict[UUID, dict[str, int]] = {}
    for row in await queries.counts(user_id, import_ids):
        here = found.setdefault(row["import_id"], {"messages": 0})
        here[row["outcome"].lower()] = row["conversations"]
        here["messages"] += row["messages"]
    return {import_id: Counts(**counts) for import_id, counts in found.items()}


async def results(user_id: UUID, import_id: UUID, after: int = 0, *, all_of_them: bool = True) -> list[Result]:
    """What became of the conversations, in the order of the file: those after this number."""
    rows = await queries.results(user_id, import_id, after, RESULTS_SHOWN + 1, all_of_them=all_of_them)
    return [Result(**row) for row in rows]


async def stop(user_id: UUID, import_id: UUID) -> None:
    """Bring no more of it. What has come stays."""
    await one(user_id, import_id)
    if not await queries.end(user_id, import_id, "STOPPED"):
        raise Conflict(marked("It has come to its end already."))
    files.remove(import_id)


async def remove(user_id: UUID, import_id: UUID) -> None:
    """Forget that it was brought; the conversations stay."""
    async with atomic():
        if not await queries.remove(user_id, import_id):
            raise NotFound
        db.after_commit(partial(files.remove, import_id))


async def is_wanted(user_id: UUID, import_id: UUID) -> bool:
    """Whether it is still to be read."""
    row = await queries.import_of(user_id, import_id)
    return row is not None and row["state"] == "WAITING"


async def sweep() -> None:
    """End what nobody reads any more, and erase files that nobody waits for: on this host, and older than an hour."""
    before = now() - _ABANDONED_AFTER
    for row in await queries.abandoned(before):
        await queries.end(row["user_id"], row["id"], "FAILED", LOST)
    old = [import_id for import_id, since in files.lying().items() if since < before.timestamp()]
    for import_id in set(old) - await queries.waiting(old):
        files.remove(import_id)


async def forget(user_id: UUID) -> None:
    """Before a person's rows go: let their files go with them, once it is certain that the rows do."""
    for each in await queries.imports_of(user_id):
        db.after_commit(partial(files.remove, each["id"]))
