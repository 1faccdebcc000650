"""The database under a command: the embedded one, owned or shared, or the one of the settings; always migrated."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import TypeVar

from app.asgi import connected, joined
from app.cli.telling import Progress
from app.core.settings import Settings
from app.database import bootstrap, migrate
from app.database.address import Addresses, addresses
from app.database.embedded import Cluster

Result = TypeVar("Result")


@contextmanager
def reachable(settings: Settings) -> Iterator[Addresses]:
    """A database that answers and has our roles and extension."""
    progress = Progress()
    if not settings.is_embedded:
        there = addresses(settings)
        asyncio.run(bootstrap.check(there))
        yield there
        return
    with Cluster(settings.data_dir, progress=progress) as cluster:
        asyncio.run(bootstrap.prepare(cluster.superuser, cluster.addresses))
        progress.done()
        yield cluster.addresses


@contextmanager
def database(settings: Settings) -> Iterator[Addresses]:
    """The same, with every migration applied."""
    with reachable(settings) as there:
        progress = Progress()
        asyncio.run(migrate.migrate(there, settings, progress))
        progress.done()
        yield there


def within(settings: Settings, there: Addresses, work: Callable[[], Awaitable[Result]]) -> Result:
    """Do this with the app's own connection and rights."""
    return asyncio.run(_within(settings, there, work))


async def _within(settings: Settings, there: Addresses, work: Callable[[], Awaitable[Result]]) -> Result:
    joined(settings, there)
    async with connected(settings, there):
        return await work()


@asynccontextmanager
async def open_database(settings: Settings, there: Addresses) -> AsyncIterator[None]:
    """The app's own connection, for a command that lives in one loop."""
    joined(settings, there)
    async with connected(settings, there):
        yield
