"""What the tests of the embedded database ask of it."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import asyncpg
import psutil

from app.database.address import Address
from app.database.embedded import Cluster

ROOT = Path(__file__).parents[2]
Start = Callable[[Path], Cluster]


def asked(address: Address, sql: str) -> Any:
    async def ask() -> Any:
        connection = await asyncpg.connect(**address.asyncpg())
        try:
            return await connection.fetchval(sql)
        finally:
            await connection.close()

    return asyncio.run(ask())


def eventually(happens: Callable[[], bool]) -> float:
    """Seconds until it does; a minute is for the slowest machine."""
    begun = time.monotonic()
    while not happens():
        assert time.monotonic() - begun < 60
        time.sleep(0.01)
    return time.monotonic() - begun


def answers(address: Address) -> bool:
    with contextlib.suppress(asyncpg.PostgresError, OSError):
        return bool(asked(address, "select 1") == 1)
    return False


def fingerprint(directory: Path) -> str:
    """Names and contents of all that lies there."""
    files = sorted(path for path in directory.rglob("*") if path.is_file())
    return sha256(b"".join(str(file).encode() + file.read_bytes() for file in files)).hexdigest()


@contextmanager
def stopped(cluster: Cluster) -> Iterator[None]:
    """While this lasts, the server and all that belongs to it stand still: they take what is sent and say nothing."""
    server = psutil.Process(cluster.pid)
    family = [server, *server.children(recursive=True)]
    for each in family:
        each.suspend()
    try:
        yield
    finally:
        for each in family:
            each.resume()
