"""The trail can be added to, and nothing else: neither by the application nor by the owner of the table."""

import shutil
from collections.abc import AsyncIterator

import asyncpg
import pytest
from piccolo.apps.migrations.commands.forwards import run_forwards

from app.audit import service
from app.audit.service import Filter
from app.core.settings import Settings
from app.database import bootstrap
from app.database.address import Address
from app.database.connection import connected
from app.database.embedded import Cluster
from app.database.engine import db
from tests.database.conftest import made_place

CHANGES = (
    "update audit_logs set action = 'nothing'",
    "update audit_logs set action = 'nothing' where false",
    "delete from audit_logs",
    "delete from audit_logs where false",
    "truncate audit_logs",
    "truncate audit_logs cascade",
)


async def _refused(address: Address, change: str) -> str:
    async with connected(address) as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError) as refused:
            await connection.execute(change)
    return str(refused.value)


@pytest.mark.parametrize("change", CHANGES)
async def test_a24_a_trigger_refuses_every_change_even_for_a_superuser(database: Address, change: str) -> None:
    await service.record("the test", "thing.made")
    assert await _refused(database, change) == "the audit trail is append-only"
    assert len((await service.entries(Filter())).rows) == 1


@pytest.fixture
async def cluster(settings: Settings) -> AsyncIterator[Cluster]:
    """An embedded database as it is set up for people: a role that migrates, another that the application has."""
    await db.close()
    place = made_place()
    with Cluster(place / "data", durable=False) as cluster:
        await bootstrap.prepare(cluster.superuser, cluster.addresses)
        await db.open(cluster.addresses.owner, *settings.pool)
        await run_forwards("commonplace")
        async with connected(cluster.addresses.owner) as owner:
            await bootstrap.grants(owner, cluster.addresses.app.user)
        yield cluster
        await db.close()
    shutil.rmtree(place)


async def test_a24_neither_the_application_nor_the_owner_may_change_the_trail(
    cluster: Cluster, settings: Settings
) -> None:
    await db.close()
    await db.open(cluster.addresses.app, *settings.pool)
    await service.record("the test", "thing.made")
    for change in CHANGES:
        assert await _refused(cluster.addresses.app, change) == "permission denied for table audit_logs"
        assert await _refused(cluster.addresses.owner, change) == "permission denied for table audit_logs"
    assert [entry.action for entry in (await service.entries(Filter())).rows] == ["thing.made"]
    print(f"{len(CHANGES) * 2} changes tried by two roles, 0 made")


async def test_a24_the_application_cannot_remove_what_guards_the_trail(cluster: Cluster) -> None:
    for change in (
        "alter table audit_logs disable trigger all",
        "drop trigger audit_logs_no_change on audit_logs",
        "create or replace function audit_logs_stay() returns trigger language sql as ''",
        "drop table audit_logs",
        "set session_replication_role = replica",
        "set role commonplace_owner",
    ):
        assert await _refused(cluster.addresses.app, change)
    async with connected(cluster.addresses.app) as application:
        await application.execute("grant update on audit_logs to commonplace")  # PostgreSQL only warns
    assert await _refused(cluster.addresses.app, CHANGES[0])
