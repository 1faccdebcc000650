"""A person's archive: asked for, made in the background, fetched by nobody else, and gone after a week."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Final, Literal
from uuid import UUID

from app.account import archive, exports
from app.account.queries import archives as queries
from app.audit import service as audit
from app.auth import people
from app.chat.attachments import service as attachments
from app.chat.moving import leaving
from app.core.asker import Asker
from app.core.clock import now
from app.core.errors import NotFound, Rejected
from app.core.language import marked
from app.core.settings import settings
from app.database.engine import atomic, db
from app.jobs.queue import later
from app.notifications.service import notify
from app.web.translations import gettext

KEPT: Final = timedelta(days=7)
NEVER_CAME: Final = timedelta(days=1)
CHUNK: Final = 1 << 16
MOVING: Final = "conversations.json"
TRIES: Final = 3

Status = Literal["WAITING", "READY", "FAILED"]
Tell = Callable[[int], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Archive:
    """One archive, as its owner sees it."""

    id: UUID
    status: Status
    progress: int
    size: int
    created_at: datetime
    expires_at: datetime | None

    @property
    def is_running(self) -> bool:
        return self.status == "WAITING"


@dataclass(frozen=True, slots=True)
class Download:
    """An archive on its way to its owner."""

    name: str
    size: int
    content: AsyncIterator[bytes]


def _archive(row: queries.Row) -> Archive:
    return Archive(row["id"], row["status"], row["progress"], row["size"], row["created_at"], row["expires_at"])


async def listed(person_id: UUID) -> list[Archive]:
    """The archives of this person, the newest first."""
    return [_archive(row) for row in await queries.archives_of(person_id)]


async def ask(person_id: UUID) -> UUID:
    """Have an archive made. Where one is being made already, it is that one."""
    async with atomic():
        if not await queries.lock_person(person_id):
            raise NotFound
        running = next((one for one in await listed(person_id) if one.is_running), None)
        if running is not None:
            return running.id
        archive_id = await queries.add(person_id)
        payload = {"archive": archive_id}
        key = f"export:{archive_id}"
        await later("account.archive", payload, user_id=person_id, unique_key=key, most_attempts=TRIES)
        await audit.record(person_id, "account.archive_asked", "data_export", archive_id)
    return archive_id


async def make(person_id: UUID, archive_id: UUID, tell: Tell) -> None:
    """Write the archive. Run again after a crash, it is written again."""
    row = await queries.archive(person_id, archive_id)
    if row is None or row["status"] == "READY":
        return
    profile = await people.profile(person_id)
    path = archive.path_of(_directory(), archive_id)
    await _written(path, profile, tell)
    async with atomic():
        is_wanted = await queries.finish(person_id, archive_id, path.stat().st_size, now() + KEPT)
        if is_wanted:
            ready = marked("The archive of your data is ready. It stays for seven days.")
            await notify(person_id, "archive", ready, "/account/data", source=("data_export", archive_id))
    if not is_wanted:
        archive.remove(_directory(), archive_id)


async def _written(path: Path, profile: people.Profile, tell: Tell) -> None:
    wanted = exports.sections()
    lines: list[str] = []
    with archive.Archive(path) as out:
        for number, section in enumerate(wanted):
            title = gettext(section.title)
            part = out.section(section.name, title)
            async for rows in section.rows(profile.id):
                await asyncio.to_thread(part.write, rows)
            await asyncio.to_thread(part.end)
            lines.append(f"- [{archive.escaped(title)}]({section.name}.md): {part.count}")
            await tell((number + 1) * 90 // len(wanted))
        async for name, data in attachments.everything(profile.id):
            await asyncio.to_thread(out.add, f"files/{name}", data)
        await _to_move(out, profile.id)
        await tell(99)
        out.add("README.md", _contents(profile, lines))


async def _to_move(out: archive.Archive, person_id: UUID) -> None:
    """All conversations once more, in the form in which another Commonplace takes them."""
    with out.member(MOVING) as file:
        async for part in leaving.everything(person_id):
            await asyncio.to_thread(file.write, part)


def _contents(profile: people.Profile, lines: list[str]) -> str:
    heading = gettext("What Commonplace keeps about %(name)s") % {"name": profile.name}
    made = gettext("Made on %(moment)s (UTC).") % {"moment": now().strftime("%Y-%m-%d %H:%M")}
    told = gettext("Each part is here twice: to read, and under `data/` as JSON. Secrets are not inside.")
    moving = gettext(
        "`conversations.json` is for moving: give this whole archive, or that file alone, to another Commonplace, and "
        "every conversation is there as it is here, with its branches, reactions and folders. What is in the bin, "
        "devices, tokens and keys, shared links, drafts and notifications stay here."
    )
    files = gettext("Files that you sent lie under `files/`, each by its id.")
    parts = (f"# {archive.escaped(heading)}", made, told, files, moving, "\n".join(lines))
    return "\n\n".join(parts) + "\n"


async def download(asker: Asker, archive_id: UUID) -> Download:
    """The archive, if it is this person's and still here."""
    row = await queries.archive(asker.id, archive_id)
    if row is None or row["status"] != "READY" or row["expires_at"] <= now():
        raise NotFound
    if not archive.is_here(_directory(), archive_id):
        raise NotFound(marked("This archive is no longer here. Have a new one made."))
    await audit.record(asker.id, "account.archive_fetched", "data_export", archive_id)
    name = f"commonplace {asker.name} {row['created_at']:%Y-%m-%d}.zip"
    return Download(name, row["size"], _content(archive_id))


async def _content(archive_id: UUID) -> AsyncIterator[bytes]:
    with await asyncio.to_thread(archive.opened, _directory(), archive_id) as file:
        while chunk := await asyncio.to_thread(file.read, CHUNK):
            yield chunk


async def remove(person_id: UUID, archive_id: UUID) -> None:
    """Let an archive go before its time."""
    if not await queries.remove(person_id, archive_id):
        raise NotFound
    archive.remove(_directory(), archive_id)


async def sweep() -> None:
    """Remove archives that were there long enough, and files that are nobody's (any more, or on this host)."""
    for archive_id in await queries.remove_old(now(), now() - NEVER_CAME):
        archive.remove(_directory(), archive_id)
    old = now().timestamp() - NEVER_CAME.total_seconds()
    lying = [archive_id for archive_id, since in archive.found(_directory()).items() if since < old]
    for archive_id in set(lying) - await queries.known(lying):
        archive.remove(_directory(), archive_id)


async def forget(person_id: UUID) -> None:
    """Before a person's rows go: let their archives go with them, once it is certain that the rows do."""
    for one in await listed(person_id):
        db.after_commit(partial(archive.remove, _directory(), one.id))


def _directory() -> Path:
    return settings().data_dir


# Closing --------------------------------------------------------------------------------------------------------------


async def close(asker: Asker, typed_address: str) -> None:
    """Close one's own account. Whoever types the address has read what will happen."""
    if typed_address.strip().casefold() != asker.email.casefold():
        raise Rejected(fields={"address": marked("Type the address of your account exactly as it stands above.")})
    await people.deactivate(asker, asker.id)
