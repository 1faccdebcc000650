"""A real PostgreSQL for the run, a database for each worker, clean for each test; the app on it, and its cast."""

import os
import signal
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import httpx2
import pytest
from litestar.types import ASGIApp

from app.ai import session as ai
from app.asgi import create_app
from app.core import settings as settings_module
from app.core.settings import Settings
from app.database import bootstrap, migrate
from app.database.address import Address
from app.database.embedded import Cluster
from app.database.engine import db
from tests import cast

os.environ["PICCOLO_CONF"] = "app.database.piccolo_conf"
pytest_plugins = ["tests.oidc.fixtures", "tests.skips"]
SECRET = "the secret of the tests which is long enough"
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # in the background of a shell; what is started inherits it
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def anyio_backend() -> tuple[str, dict[str, bool]]:
    return "asyncio", {"use_uvloop": True}


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """The embedded PostgreSQL of the product, which here may forget what a power cut would take.

    Not in pytest's own directory: as root, PostgreSQL runs as somebody who may not enter there.
    """
    with tempfile.TemporaryDirectory(prefix="commonplace-") as home:
        Path(home).chmod(0o755)
        with Cluster(Path(home), durable=False) as cluster:
            yield cluster


@pytest.fixture(scope="session")
def server(cluster: Cluster) -> str:
    """The directory of its socket."""
    return cluster.superuser.host


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    given = {"COMMONPLACE_PROFILE": "test", "COMMONPLACE_SECRET": SECRET.replace(" ", "-")}
    given |= {"COMMONPLACE_FIND_LOCAL_MODELS": "no"}  # what runs on the machine of the tests is not theirs
    directory = tmp_path_factory.mktemp("data")
    return settings_module.read(given, dotenv=Path("/nowhere"), data_dir=directory)


@pytest.fixture(scope="session")
async def prepared(cluster: Cluster, settings: Settings) -> AsyncIterator[Address]:
    """A migrated database, connected for the whole run with the rights that the app has."""
    settings_module.adopt(settings)
    await bootstrap.prepare(cluster.superuser, cluster.addresses)
    await migrate.migrate(cluster.addresses, settings)
    await db.open(cluster.addresses.app, *settings.pool)
    yield cluster.addresses.app
    await ai.close()
    await db.close()


@pytest.fixture
async def database(prepared: Address, settings: Settings) -> Address:
    """The database, empty."""
    settings_module.adopt(settings)
    if db.pool is None:
        await db.open(prepared, *settings.pool)
    await emptied(prepared)
    return prepared


async def emptied(address: Address) -> None:
    connection = await asyncpg.connect(host=address.host, user="postgres", database=address.database)
    try:
        tables = await connection.fetch(
            "select tablename from pg_tables where schemaname = 'public' and tablename <> 'migration'"
        )
        deletes = "; ".join(f'delete from "{row["tablename"]}"' for row in tables)
        await connection.execute(f"set session_replication_role = replica; {deletes}")
    finally:
        await connection.close()


@pytest.fixture(scope="session")
def app(settings: Settings, prepared: Address, cluster: Cluster) -> ASGIApp:
    return create_app(settings, cluster.addresses)


@pytest.fixture
async def client(app: ASGIApp, database: Address) -> AsyncIterator[httpx2.AsyncClient]:
    """A browser without JavaScript that nobody has signed in with."""
    async with _browser(app) as browser:
        yield browser


@pytest.fixture
async def other_client(app: ASGIApp, database: Address) -> AsyncIterator[httpx2.AsyncClient]:
    """A second browser."""
    async with _browser(app) as browser:
        yield browser


def _browser(app: Any) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://127.0.0.1:8080")


@pytest.fixture
async def alice(database: Address) -> cast.Player:
    return await cast.enter("alice")


@pytest.fixture
async def bob(database: Address) -> cast.Player:
    return await cast.enter("bob")


@pytest.fixture
async def charlie(database: Address) -> cast.Player:
    return await cast.enter("charlie")


@pytest.fixture
async def root(database: Address) -> cast.Player:
    return await cast.enter("root", "ADMIN")


@pytest.fixture
def sign_in() -> Callable[[httpx2.AsyncClient, cast.Player], Awaitable[str]]:
    return cast.sign_in
