"""A24: what opens an account stands nowhere but with its owner."""

import logging

import asyncpg
import pytest
from litestar.types import ASGIApp

from app.core import log
from app.database.address import Address
from app.database.registry import tables
from tests import cast
from tests.cast import Player
from tests.doors import trying, walk


async def test_a24_no_secret_is_written_down(
    app: ASGIApp, database: Address, root: Player, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    secrets = {"canary-password", "canary-code", "canary-state", "canary-bearer"}
    for door in walk.doors(app):
        async with trying.browser(app, root) as client:
            secrets |= {await cast.sign_in(client, root), client.headers["x-csrf-token"]}
            client.headers["x-csrf-token"] = await cast.csrf(client)
            path = f"{await walk.own(door, root)}?code=canary-code&state=canary-state"
            form = {**walk.FORMS.get(str(door), {}), "password": "canary-password"}
            answer = await trying.knock(client, door, path, **({"json" if door.is_api else "data": form}))
            if str(door) == "POST /api/tokens":
                secrets |= {answer.json().get("token", "canary-password")}
            await client.get(path, headers={"authorization": "Bearer canary-bearer"})
    stored = await _stored(database)
    written = "\n".join(log.redacted(record.getMessage()) for record in caplog.records)
    found = [secret for secret in secrets if any(each in stored or each in written for each in _ways(secret))]
    print(f"A24: {len(found)} of {len(secrets)} secrets were written down")
    assert found == []
    assert len(secrets) > 50
    assert len(stored) > 10_000


def _ways(secret: str) -> tuple[str, str]:
    """As text, and as a column of bytes shows it."""
    return secret, secret.encode().hex()


async def _stored(address: Address) -> str:
    """Every row that there is, as text."""
    connection = await asyncpg.connect(host=address.host, user="postgres", database=address.database)
    try:
        names = [table._meta.tablename for table in tables()]  # noqa: SLF001 - Piccolo's way to ask a table about itself
        rows = [row[0] for name in names for row in await connection.fetch(f'select t::text from "{name}" t')]
    finally:
        await connection.close()
    return "\n".join(rows)
