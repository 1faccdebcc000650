"""The guide to backups, "To a point in time", done to the letter on a server of our own."""

import asyncio
import os
import pwd
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.database.address import Address
from app.database.binaries import bundled
from app.database.connection import connected
from tests.database.conftest import made_place
from tests.database.servers import Server, free_port, running, wait_for

GUIDE = (
    (Path(__file__).parents[2] / "templates" / "help" / "backup.md").read_text().partition("## To a point in time")[2]
)
BLOCKS = re.findall(r"^```(?:text|sh|ini)\n(.+?)\n```$", GUIDE, re.DOTALL | re.MULTILINE)
ARCHIVING, BASE, RECOVERY, END = BLOCKS
MOMENT = re.compile(r"(?<=recovery_target_time = ')[^']+")


@dataclass(frozen=True)
class Places:
    """The guide's directories, here."""

    home: Path

    def of(self, text: str) -> str:
        return text.replace("/srv/", f"{self.home}/")

    @property
    def base(self) -> Path:
        return self.home / "base"


def given(lines: str) -> dict[str, str]:
    """Lines of a configuration file."""
    pairs = (line.partition(" = ") for line in lines.splitlines())
    return {name: value.strip("'") for name, _, value in pairs}


def user() -> int | None:
    return pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else None


async def rows(address: Address) -> list[int]:
    async with connected(address) as asker:
        return [row["n"] for row in await asker.fetch("select n from planets order by n")]


async def planted(address: Address, *numbers: int) -> str:
    """Write these; say when all of them were there."""
    async with connected(address) as writer:
        await writer.execute("create table if not exists planets (n int)")
        await writer.executemany("insert into planets values ($1)", [(number,) for number in numbers])
        return str(await writer.fetchval("select clock_timestamp()"))


async def archived(address: Address) -> None:
    """Wait until all that was written lies in the archive."""
    async with connected(address) as asker:
        segment = await asker.fetchval("select pg_walfile_name(pg_switch_wal())")
        while (await asker.fetchval("select last_archived_wal from pg_stat_archiver") or "") < segment:
            await asyncio.sleep(0.05)


def backed_up(server: Server, places: Places) -> None:
    address = server.address()
    program, *options = places.of(BASE).split()
    subprocess.run(
        [bundled()[program], *options], env=address.libpq_environment(), check=True, user=user(), cwd="/", timeout=60
    )


@contextmanager
def returned(places: Places, moment: str) -> Iterator[Server]:
    """A server on a copy of the base backup, on its way to the moment."""
    target = places.home / "returned"
    shutil.copytree(places.base, target / "data", copy_function=shutil.copy)
    (target / "data" / "recovery.signal").touch()
    with (target / "data" / "postgresql.auto.conf").open("a") as file:
        file.write(MOMENT.sub(moment, places.of(RECOVERY)) + "\n")
    for path in (target, target / "data", *target.rglob("*")):
        os.chown(path, -1 if user() is None else int(user() or 0), -1)
    (target / "data").chmod(0o700)
    port = free_port()
    arguments = ["-p", str(port), "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="]
    with (target / "log").open("w") as log:
        process = subprocess.Popen(
            [bundled()["postgres"], "-D", target / "data", *arguments], stderr=log, user=user(), cwd="/"
        )
    try:
        wait_for(target)
        yield Server(port, target, encrypted=False)
    finally:
        process.terminate()
        process.wait(10)


@contextmanager
def places() -> Iterator[Places]:
    """Directories that PostgreSQL's user may write."""
    home = made_place()
    (home / "archive").mkdir()
    for path in (home, home / "archive"):
        os.chown(path, -1 if user() is None else int(user() or 0), -1)
    try:
        yield Places(home)
    finally:
        shutil.rmtree(home)


async def until(address: Address, sql: str, wanted: object) -> None:
    async with connected(address) as asker:
        while await asker.fetchval(sql) != wanted:
            await asyncio.sleep(0.05)


async def test_a_server_returns_to_a_moment() -> None:
    with places() as here:
        with running(bundled(), is_copy=False, **given(here.of(ARCHIVING))) as server:
            await planted(server.address(), 1)
            backed_up(server, here)
            moment = await planted(server.address(), 2, 3)
            await planted(server.address(), 4, 5, 6)
            await archived(server.address())
            assert await rows(server.address()) == [1, 2, 3, 4, 5, 6]
        with returned(here, moment) as again:
            await until(again.address(), "select pg_get_wal_replay_pause_state()", "paused")
            assert await rows(again.address()) == [1, 2, 3]
            async with connected(again.address()) as superuser:
                await superuser.execute(END)
            await until(again.address(), "select pg_is_in_recovery()", wanted=False)
            await planted(again.address(), 7)
            assert await rows(again.address()) == [1, 2, 3, 7]
