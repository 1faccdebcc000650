"""The trail can be added to, and nothing else: neither by the application nor by the owner of the table."""

import asyncpg
import pytest

from app.audit import service
from app.audit.service import Filter
from app.core.settings import Settings
from app.database import migrate
from app.database.address import Address, Addresses
from app.database.connection import connected
from app.database.embedded import Cluster

CHANGES = (
    "update audit_logs set action = 'nothing'",
    "update audit_logs set action = 'nothing' where false",
    "delete from audit_logs",
    "delete from audit_logs where false",
    "truncate audit_logs",
    "truncate audit_logs cascade",
)
UNDOINGS = (
    "alter table audit_logs disable trigger all",
    "drop trigger audit_logs_no_change on audit_logs",
    "create or replace function audit_logs_stay() returns trigger language sql as ''",
    "drop table audit_logs",
    "set session_replication_role = replica",
    "set role commonplace_owner",
)


async def _refused(address: Address, change: str) -> str:
    async with connected(address) as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError) as refused:
            await connection.execute(change)
    return str(refused.value)


@pytest.mark.parametrize("change", CHANGES)
async def test_a24_a_trigger_refuses_every_change_even_for_a_superuser(
    cluster: Cluster, database: Address, change: str
) -> None:
    await service.record("the test", "thing.made")
    superuser = cluster.superuser.of(database=database.database)
    assert await _refused(superuser, change) == "the audit trail is append-only"
    assert len((await service.entries(Filter())).rows) == 1


@pytest.mark.parametrize("change", CHANGES)
async def test_a24_neither_the_application_nor_the_owner_may_change_the_trail(
    cluster: Cluster, database: Address, change: str
) -> None:
    await service.record("the test", "thing.made")
    for address in (cluster.addresses.app, cluster.addresses.owner):
        assert await _refused(address, change) == "permission denied for table audit_logs"
    assert len((await service.entries(Filter())).rows) == 1


async def test_a24_the_application_cannot_remove_what_guards_the_trail(cluster: Cluster, database: Address) -> None:
    for undoing in UNDOINGS:
        assert await _refused(database, undoing)
    async with connected(database) as application:
        await application.execute("grant update on audit_logs to commonplace")  # PostgreSQL only warns
    assert await _refused(database, CHANGES[0])


async def test_a24_where_one_role_does_everything_it_still_may_not_change_the_trail(
    cluster: Cluster, database: Address, settings: Settings
) -> None:
    async with connected(cluster.superuser) as superuser:
        await superuser.execute("create role solo login")
        await superuser.execute("create database solo owner solo")
    async with connected(cluster.superuser.of(database="solo")) as superuser:
        await superuser.execute("create extension vector")
    solo = cluster.superuser.of(user="solo", database="solo")
    await migrate.migrate(Addresses(app=solo, direct=solo, owner=solo), settings)
    for change in CHANGES:
        assert await _refused(solo, change) == "permission denied for table audit_logs"
