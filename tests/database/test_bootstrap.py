"""Before the first migration: what we make on our own server, and what we say about somebody else's."""

import asyncio
import dataclasses
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import asyncpg
import pytest

from app.core.errors import AppError, Misconfigured, Unavailable
from app.database import bootstrap, connection
from app.database.address import Address, Addresses
from app.database.binaries import Binaries, bundled
from app.database.connection import connected
from app.database.embedded import Cluster
from tests.database.servers import DEBIAN, Server, free_port, retold, running

Start = Callable[[Path], Cluster]


@pytest.fixture
async def cluster(data: Path, cluster_at: Start) -> Cluster:
    started = cluster_at(data)
    await bootstrap.prepare(started.superuser, started.addresses)
    return started


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server of this release's PostgreSQL, with pgvector and without TLS."""
    with running(bundled(), max_connections="12") as found:
        yield found


@pytest.fixture(scope="module")
def older_server() -> Iterator[Server]:
    """Debian's PostgreSQL 15: with TLS, without pgvector."""
    if not DEBIAN.is_dir():
        pytest.skip("PostgreSQL 15 is not installed: apt install postgresql-15")
    with running(Binaries(DEBIAN, 15, speaks_tls=True)) as found:
        yield found


@pytest.fixture
def with_older_vector(place: Path) -> Iterator[Server]:
    """A server that offers an older pgvector: it reads so in a folder that stands before its own."""
    place.chmod(0o755)
    (place / "extension").mkdir()
    (place / "extension" / "vector.control").write_text("default_version = '0.6.2'\n")
    with running(bundled(), extension_control_path=f"{place}:$system") as found:
        yield found


@pytest.fixture
async def owner(server: Server) -> AsyncIterator[Address]:
    """An ordinary role with a database of its own, on somebody's server."""
    async with connected(server.address()) as admin:
        await admin.execute(f"create role ann login password '{server.address().password}'")
        await admin.execute("create database things owner ann")
        yield server.address("ann", "things")
        await admin.execute("drop database things with (force)")
        await admin.execute("drop role ann")


def one(address: Address) -> Addresses:
    return Addresses(app=address, direct=address, owner=address)


async def told(address: Address) -> AppError | None:
    """What is said of this server, if anything."""
    try:
        await bootstrap.check(one(address))
    except AppError as why:
        return why
    return None


async def refused(address: Address) -> AppError:
    why = await told(address)
    assert why is not None
    return why


async def until_refused(held: AsyncExitStack, address: Address) -> AppError:
    try:
        while True:
            await held.enter_async_context(connected(address))
    except AppError as why:
        return why


async def made_of_vectors(address: Address) -> str:
    async with connected(address) as there:
        return str(await there.fetchval("select '[1,2]'::vector(2)::text"))


# Our own server ----------------------------------------------------------------------------------------------------


async def test_the_application_is_no_superuser_and_makes_no_tables(cluster: Cluster) -> None:
    async with connected(cluster.addresses.app) as app:
        assert await app.fetchval("select current_user") == "commonplace"
        powers = (
            "select rolsuper or rolcreatedb or rolcreaterole or rolbypassrls from pg_roles where rolname = current_user"
        )
        assert await app.fetchval(powers) is False
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await app.execute("create table mine ()")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await app.execute("create temporary table mine ()")


async def test_migrations_have_a_role_of_their_own_without_further_power(cluster: Cluster) -> None:
    async with connected(cluster.addresses.owner) as owner:
        await owner.execute("create table ours (meaning vector(3))")
        assert (
            await owner.fetchval("select rolsuper or rolcreatedb from pg_roles where rolname = current_user") is False
        )


async def test_the_application_only_adds_to_the_audit_trail(cluster: Cluster) -> None:
    async with connected(cluster.addresses.owner) as owner:
        await owner.execute("create table audit_logs (id int generated always as identity, said text)")
        await owner.execute("create table notes (id serial primary key, said text)")
        await owner.execute("create table migration (name text)")
        await bootstrap.grants(owner, "commonplace")
    async with connected(cluster.addresses.app) as app:
        await app.execute("insert into notes (said) values ('a')")
        await app.execute("update notes set said = 'b'")
        await app.execute("delete from notes")
        await app.execute("insert into audit_logs (said) values ('a')")
        assert await app.fetchval("select said from audit_logs") == "a"
        for forbidden in (
            "update audit_logs set said = 'b'",
            "delete from audit_logs",
            "truncate audit_logs",
            "insert into migration values ('x')",
            "truncate notes",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await app.execute(forbidden)


async def test_granting_again_changes_nothing(cluster: Cluster) -> None:
    async with connected(cluster.addresses.owner) as owner:
        await owner.execute("create table notes (id serial primary key)")
        await bootstrap.grants(owner, "commonplace")
        before = await owner.fetchval("select relacl::text from pg_class where relname = 'notes'")
        await bootstrap.grants(owner, "commonplace")
        assert await owner.fetchval("select relacl::text from pg_class where relname = 'notes'") == before


async def test_a_role_that_owns_everything_needs_no_grants(cluster: Cluster) -> None:
    async with connected(cluster.addresses.owner) as owner:
        await owner.execute("create table notes ()")
        await bootstrap.grants(owner, "commonplace_owner")
        assert await owner.fetchval("select relacl from pg_class where relname = 'notes'") is None


async def test_an_idle_unit_of_work_does_not_hold_its_locks_for_ever(cluster: Cluster) -> None:
    async with connected(cluster.addresses.app) as app:
        assert await app.fetchval("show idle_in_transaction_session_timeout") == "1min"


async def test_several_processes_prepare_the_server_once(data: Path, cluster_at: Start) -> None:
    started = cluster_at(data)
    await asyncio.gather(*(bootstrap.prepare(started.superuser, started.addresses) for _ in range(5)))
    async with connected(started.addresses.app) as app:
        assert await app.fetchval("select extname from pg_extension where extname = 'vector'") == "vector"


async def test_what_was_interrupted_is_finished_at_the_next_start(data: Path, cluster_at: Start) -> None:
    started = cluster_at(data)
    async with connected(started.superuser) as connection:
        await connection.execute("create role commonplace_owner login")
        await connection.execute("create database commonplace owner commonplace_owner")
    await bootstrap.prepare(started.superuser, started.addresses)
    assert await made_of_vectors(started.addresses.app) == "[1,2]"


# Somebody else's server --------------------------------------------------------------------------------------------


async def test_a_server_that_will_do_is_accepted(server: Server) -> None:
    for _ in range(2):
        await bootstrap.check(one(server.address()))
        assert await made_of_vectors(server.address()) == "[1,2]"


async def test_with_the_extension_made_by_an_administrator_an_ordinary_role_will_do(
    server: Server, owner: Address
) -> None:
    async with connected(server.address(database="things")) as admin:
        await admin.execute("create extension vector")
    await bootstrap.check(one(owner))
    assert await made_of_vectors(owner) == "[1,2]"


async def test_a_role_that_may_not_make_the_extension_is_told_who_can(owner: Address) -> None:
    why = await refused(owner)
    assert str(why) == (
        "User ann may not make the extension pgvector. Have an administrator run this in database things: "
        "CREATE EXTENSION vector."
    )


async def test_an_extension_that_is_not_installed_is_named_with_its_package(older_server: Server) -> None:
    why = await refused(older_server.address())
    assert "apt install postgresql-15-pgvector" in str(why)


async def test_a_server_that_is_too_old_is_refused(server: Server) -> None:
    async with connected(server.address()) as there:
        major = there.get_server_version().major
    for claimed, sentence in ((14, "This server is PostgreSQL 14, but 15 or newer is needed"), (15, "")):
        change = (f"server_version\0{major}".encode(), f"server_version\0{claimed}".encode())
        async with retold(server.port, *change) as port:
            assert sentence in str(await told(dataclasses.replace(server.address(), port=port)))


@pytest.mark.parametrize(("version", "is_enough"), [("0.6.2", False), ("0.7.0", True), ("0.10.0", True)])
async def test_an_extension_that_is_too_old_is_refused(
    version: str, server: Server, owner: Address, *, is_enough: bool
) -> None:
    async with connected(server.address(database="things")) as admin:
        await admin.execute("create extension vector")
        await admin.execute("update pg_extension set extversion = $1 where extname = 'vector'", version)
    why = await told(owner)
    assert (why is None) is is_enough
    assert is_enough or f"is {version}, but 0.7 or newer is needed" in str(why)


async def test_an_extension_that_is_offered_too_old_is_refused(with_older_vector: Server) -> None:
    why = await refused(with_older_vector.address())
    assert f"pgvector at {with_older_vector.address().where} is 0.6.2, but 0.7 or newer is needed" in str(why)


async def test_a_role_that_may_not_make_tables_is_told_how(server: Server, owner: Address) -> None:
    async with connected(server.address(database="things")) as admin:
        await admin.execute("create role guest login password 'p@ss/w?rd'")
        try:
            why = await refused(owner.of(user="guest"))
        finally:
            await admin.execute("drop role guest")
    assert "GRANT ALL ON SCHEMA public TO guest" in str(why)


async def test_the_applications_own_way_in_is_tried_too(server: Server) -> None:
    ways = dataclasses.replace(one(server.address()), app=server.address(user="stranger"))
    with pytest.raises(Misconfigured, match="user stranger"):
        await bootstrap.check(ways)


async def test_a_wrong_password_is_named(server: Server) -> None:
    why = await refused(dataclasses.replace(server.address(), password="wrong"))
    assert str(why).startswith(f"PostgreSQL at 127.0.0.1:{server.port} refuses the password of user postgres.")
    assert "wrong" not in str(why)


async def test_a_missing_database_comes_with_the_command_that_makes_it(server: Server) -> None:
    why = await refused(server.address(database="nowhere"))
    assert "CREATE DATABASE nowhere OWNER postgres" in str(why)


async def test_a_database_that_is_closed_to_the_role_comes_with_the_command_that_opens_it(
    server: Server, owner: Address
) -> None:
    async with connected(server.address()) as admin:
        await admin.execute("create role guest login password 'p@ss/w?rd'")
        await admin.execute("revoke connect on database things from public")
        try:
            why = await refused(owner.of(user="guest"))
        finally:
            await admin.execute("drop role guest")
    assert "GRANT CONNECT ON DATABASE things TO guest" in str(why)


async def test_a_host_that_is_not_let_in_is_told_to_look_at_pg_hba(server: Server) -> None:
    file = server.home / "data" / "pg_hba.conf"
    before = file.read_text()
    async with connected(server.address()) as admin:
        file.write_text("host postgres ann 127.0.0.1/32 scram-sha-256\n" + "host all all ::1/128 trust\n")
        await admin.execute("select pg_reload_conf()")
        await asyncio.sleep(0.3)
        why = await refused(server.address())
        file.write_text(before)
        await admin.execute("select pg_reload_conf()")
        await asyncio.sleep(0.3)
    assert "pg_hba.conf there allows this host" in str(why)


async def test_a_server_without_a_free_connection_says_which_setting_to_lower(server: Server) -> None:
    async with AsyncExitStack() as held:
        why = await until_refused(held, server.address())
    assert isinstance(why, Unavailable)
    assert "no connection left. Lower COMMONPLACE_POOL_MAX" in str(why)


async def test_a_read_only_copy_is_refused() -> None:
    with running(bundled(), is_copy=True) as copy:
        why = await refused(copy.address())
    assert "read-only copy. Name the primary server" in str(why)


async def test_a_port_where_nobody_listens_is_named() -> None:
    port = free_port()
    why = await refused(Address(host="127.0.0.1", port=port, user="a", database="b", tls="off"))
    assert str(why) == f"Nothing answers at 127.0.0.1:{port}. Start PostgreSQL there, or correct DATABASE_URL."


async def test_a_socket_that_is_not_there_is_named() -> None:
    why = await refused(Address(host="/no/where", user="a", database="b"))
    assert str(why).startswith("Nothing answers at /no/where.")


async def test_a_host_that_does_not_exist_is_named() -> None:
    why = await refused(Address(host="no-such-host.invalid", user="a", database="b", tls="off"))
    assert str(why) == "There is no host named no-such-host.invalid. Correct DATABASE_URL or DATABASE_HOST."


async def test_a_server_that_never_answers_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "WITHIN", 0.1)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        why = await refused(Address(host="127.0.0.1", port=silent.getsockname()[1], user="a", database="b", tls="off"))
    assert "does not answer within" in str(why)


async def test_tls_is_used_and_verified(older_server: Server) -> None:
    async with connected(older_server.address()) as found:
        assert await found.fetchval("select ssl from pg_stat_ssl where pid = pg_backend_pid()") is True


async def test_a_certificate_of_an_unknown_authority_is_refused(older_server: Server) -> None:
    why = await refused(dataclasses.replace(older_server.address(), authority=""))
    assert "is not trusted" in str(why)
    assert "?sslrootcert=FILE" in str(why)


async def test_a_certificate_of_another_host_is_refused(older_server: Server) -> None:
    why = await refused(dataclasses.replace(older_server.address(), host="localhost"))
    assert "use the host name of the certificate" in str(why)


async def test_tls_can_be_done_without_when_that_is_said(older_server: Server) -> None:
    async with connected(dataclasses.replace(older_server.address(), tls="off")) as found:
        assert await found.fetchval("select ssl from pg_stat_ssl where pid = pg_backend_pid()") is False


async def test_a_server_without_tls_is_not_spoken_to_in_the_open(server: Server) -> None:
    why = await refused(dataclasses.replace(server.address(), tls="verify"))
    assert "does not speak TLS" in str(why)
    assert "DATABASE_TLS=off" in str(why)
