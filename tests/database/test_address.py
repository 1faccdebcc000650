"""Addresses: written by people, read by drivers, never shown with their password."""

import ssl
from pathlib import Path
from typing import Any

import pytest

from app.core import settings as core_settings
from app.core.errors import Misconfigured
from app.core.settings import Settings
from app.database.address import Address, addresses, parsed

SECRET = "p@ss/w:o?rd"


def make_settings(**given: Any) -> Settings:
    return core_settings.read({}, data_dir=Path("/nowhere"), secret=("x" * 40,), **given)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("secret", "secret"),
        ("p@ss", "p@ss"),
        ("p/ss", "p/ss"),
        ("p?ss", "p?ss"),
        ("p:ss", "p:ss"),
        (SECRET, SECRET),
        ("p%40ss%2Fword", "p@ss/word"),
        ("100%", "100%"),
        ("a@b/c@d/e", "a@b/c@d/e"),
        ("", ""),
    ],
)
def test_a_password_may_hold_any_character(written: str, meant: str) -> None:
    address = parsed(f"postgresql://ann:{written}@db.example:6543/things?sslmode=disable")
    assert (address.user, address.password, address.where, address.database) == (
        "ann",
        meant,
        "db.example:6543",
        "things",
    )


def test_separate_fields_take_a_password_as_it_is() -> None:
    found = addresses(make_settings(database_host="db", database_user="ann", database_password=SECRET))
    assert (found.app.password, found.app.database, found.app.tls) == (SECRET, "commonplace", "verify")


def test_neither_text_nor_representation_shows_the_password() -> None:
    address = parsed(f"postgresql://ann:{SECRET}@db/things")
    assert str(address) == "ann@db:5432/things"
    assert SECRET not in repr(address) + str(addresses(make_settings(database_url=f"postgresql://a:{SECRET}@db/t")))


def test_a_socket_directory_comes_from_the_query_or_the_host() -> None:
    by_query = parsed("postgresql://postgres:@/postgres?host=/run/pg")
    by_host = parsed("postgres://postgres@%2Frun%2Fpg/postgres")
    assert by_query == by_host
    assert by_query.asyncpg()["host"] == "/run/pg"
    assert by_query.asyncpg()["ssl"] is False


def test_an_ipv6_host_is_understood() -> None:
    assert parsed("postgresql://a@[::1]:6000/t").where == "[::1]:6000"


def test_tls_is_verified_unless_it_is_switched_off() -> None:
    for mode in ("", "?sslmode=require", "?sslmode=verify-full"):
        context = parsed(f"postgresql://a@db/t{mode}").asyncpg()["ssl"]
        assert isinstance(context, ssl.SSLContext)
        assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert parsed("postgresql://a@db/t?sslmode=disable").asyncpg()["ssl"] is False
    found = addresses(make_settings(database_url="postgresql://a@db/t", database_tls="off"))
    assert found.owner.asyncpg()["ssl"] is False


def test_a_mode_that_protects_nobody_is_refused() -> None:
    with pytest.raises(Misconfigured, match="Use verify-full, or disable"):
        parsed("postgresql://a@db/t?sslmode=prefer")


def test_an_authority_that_cannot_be_read_is_named() -> None:
    with pytest.raises(Misconfigured, match=r"/no/such\.pem"):
        parsed("postgresql://a@db/t?sslrootcert=/no/such.pem").asyncpg()


def test_behind_a_pooler_nothing_sticks_to_a_connection() -> None:
    found = addresses(
        make_settings(
            database_url="postgresql://a@pool/t", database_direct_url="postgresql://b@db/t", database_pooled=True
        )
    )
    arguments = found.app.asyncpg()
    assert arguments["statement_cache_size"] == 0
    assert "server_settings" not in arguments
    assert (str(found.direct), found.direct.pooled, found.owner) == ("b@db:5432/t", False, found.direct)


def test_without_a_pooler_there_is_one_address() -> None:
    found = addresses(make_settings(database_url="postgresql://a@db/t"))
    assert found.app == found.direct == found.owner
    assert found.app.asyncpg()["server_settings"] == {"application_name": "commonplace"}


def test_a_pooler_can_be_told_in_the_url() -> None:
    assert parsed("postgresql://a@db/t?pgbouncer=true").pooled


def test_postgresqls_tools_are_told_by_the_environment() -> None:
    environment = parsed(f"postgresql://ann:{SECRET}@db:6000/t?sslrootcert=/my/ca.pem").libpq_environment()
    assert environment["PGPASSWORD"] == SECRET
    assert environment["PGSSLMODE"] == "verify-full"
    assert environment["PGSSLROOTCERT"] == "/my/ca.pem"
    assert (environment["PGHOST"], environment["PGPORT"], environment["PGDATABASE"]) == ("db", "6000", "t")


def test_a_socket_needs_no_tls() -> None:
    environment = Address(host="/run/pg", user="a", database="t").libpq_environment()
    assert environment["PGSSLMODE"] == "disable"
    assert "PGPASSWORD" not in environment


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("mysql://a@db/t", "must begin with postgresql://"),
        ("db:5432", "must begin with postgresql://"),
        ("postgresql://a@/t", "does not name a host"),
        ("postgresql://db/t", "does not name a user"),
        ("postgresql://a@db", "does not name a database"),
        ("postgresql://a@db:http/t", "no usable port"),
        ("postgresql://a@db:99999/t", "no usable port"),
        ("postgresql://a@one,two/t", "names several hosts"),
    ],
)
def test_a_url_that_cannot_work_is_answered_with_what_it_lacks(url: str, sentence: str) -> None:
    with pytest.raises(Misconfigured, match=sentence) as refused:
        parsed(url)
    assert "DATABASE_URL" in str(refused.value)


def test_a_host_without_a_user_is_refused() -> None:
    with pytest.raises(Misconfigured, match="DATABASE_USER does not name a user"):
        addresses(make_settings(database_host="db"))


@pytest.mark.parametrize("given", [{}, {"database_direct_url": "postgresql://a@pool/t?pgbouncer=true"}])
def test_a_pooler_alone_is_refused(given: dict[str, str]) -> None:
    """Listening through one is accepted by it and never hears anything."""
    with pytest.raises(Misconfigured, match="Name the server itself in DATABASE_DIRECT_URL"):
        addresses(make_settings(database_url="postgresql://a@pool/t", database_pooled=True, **given))
