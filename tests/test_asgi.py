"""The floors joined: what `create_app` makes, how it starts, and how it says that it cannot."""

from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import httpx2
import pytest
from litestar.types import ASGIApp

from app import asgi
from app.asgi import create_app
from app.core import events
from app.core.errors import AppError
from app.core.settings import Settings, adopt
from app.database.address import Address, Addresses
from app.database.embedded import Cluster
from app.database.engine import db
from app.jobs.schedule import timetable
from app.web import shell
from app.web.lifespan import Lifespan
from tests.cast import Player, sign_in


async def test_an_app_can_be_made_twice_in_one_process(
    app: ASGIApp, settings: Settings, cluster: Cluster, database: Address, alice: Player
) -> None:
    """Nothing is subscribed, scheduled or offered twice, and both answer."""
    before = _joined()
    second = create_app(settings, cluster.addresses)
    assert _joined() == before
    for each in (app, second):
        transport = httpx2.ASGITransport(app=cast("Any", each))
        async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1:8080") as client:
            await sign_in(client, alice)
            answer = await client.get("/")
        assert (answer.status_code, answer.text.count('data-href="/account"')) == (200, 1)


def _joined() -> tuple[object, ...]:
    heard = {kind: list(listeners) for kind, listeners in events._listeners.items()}  # noqa: SLF001 - nobody else counts them
    return heard, [each.kind for each in timetable.listed()], list(shell._parts)  # noqa: SLF001 - the same


async def test_a_database_that_is_away_keeps_it_from_starting_with_a_sentence(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("address", "config", "pool"):
        monkeypatch.setattr(db, name, None)  # what the rest of the run stands on comes back afterwards
    nowhere = Address(host=str(tmp_path), user="commonplace", database="commonplace", tls="off")
    away = Addresses(app=nowhere, direct=nowhere, owner=nowhere, maker=nowhere)
    lifespan = Lifespan(create_app(settings, away))
    with pytest.raises(AppError) as told:
        await lifespan.start()
    assert "away for the moment" in str(told.value)


def test_every_part_that_is_offered_leads_somewhere(app: ASGIApp) -> None:
    paths = {path for handler in asgi.ROUTES for path in handler.paths}
    assert {part.href for part in asgi.PARTS} <= paths


async def test_an_administrators_places_are_shown_to_nobody_else(
    client: httpx2.AsyncClient, alice: Player, root: Player
) -> None:
    await sign_in(client, alice)
    assert 'data-href="/admin"' not in (await client.get("/help")).text
    await sign_in(client, root)
    assert 'data-href="/admin"' in (await client.get("/help")).text


async def test_another_secret_makes_another_house(
    client: httpx2.AsyncClient, settings: Settings, cluster: Cluster
) -> None:
    page = (await client.get("/sign-in")).text
    cookie = dict(client.cookies)
    try:
        other = create_app(
            replace(settings, secret=("another-secret-that-is-long-enough-to-be-one",)), cluster.addresses
        )
        transport = httpx2.ASGITransport(app=cast("Any", other))
        async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1:8080", cookies=cookie) as browser:
            proof = page.split('"x-csrf-token": "', 1)[1].split('"', 1)[0]
            answer = await browser.post("/sign-out", headers={"x-csrf-token": proof})
    finally:
        adopt(settings)
    assert answer.status_code == 403
