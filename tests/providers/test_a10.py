"""A10: a key reaches the host that it is for, and nothing else."""

import logging
import zipfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Final

import asyncpg
import pytest

from app.account import archive
from app.account import service as account
from app.core import log
from app.database.address import Address
from app.database.registry import tables
from app.providers import service
from app.providers.offers import Shelf
from app.providers.queries.providers import EVERYBODY
from tests.account.browsing import Browser, send
from tests.ai.upstream import Upstream, listing, scripted, status
from tests.cast import Player, sign_in
from tests.providers.stage import Setting, address, stored

WHOSE: Final = ("environment", "further", "operator", "alice", "bob")
KEYS: Final = {whose: f"sk-canary-of-{whose}-0123456789" for whose in WHOSE}
PAGES: Final = (
    "/preferences/models", "/admin/providers", "/admin/assistants", "/admin/budgets", "/admin/audit", "/account",
    "/api/models", "/api/providers", "/api/usage", "/api/assistants",
)  # fmt: skip


@dataclass
class Scene:
    """Five providers, each with a key of its own, and one that is nobody's."""

    hosts: dict[str, Upstream]
    stranger: Upstream

    @property
    def everybody(self) -> list[Upstream]:
        return [*self.hosts.values(), self.stranger]


@pytest.fixture
async def scene(alice: Player, bob: Player, setting: Setting, public: None) -> AsyncIterator[Scene]:
    async with AsyncExitStack() as stack:
        hosts = {whose: await stack.enter_async_context(scripted(models=listing(f"of-{whose}"))) for whose in WHOSE}
        stranger = await stack.enter_async_context(scripted())
        at = {whose: address(host) for whose, host in hosts.items()}
        further = at["further"].replace("//", f"//further:{KEYS['further']}@")
        setting(openai_api_key=KEYS["environment"], openai_base_url=at["environment"], model_urls=(further,))
        await stored(EVERYBODY, at["operator"], "operator", KEYS["operator"])
        await stored(alice.id, at["alice"], "my-alice", KEYS["alice"])
        await stored(bob.id, at["bob"], "my-bob", KEYS["bob"])
        await stored(alice.id, address(stranger), "my-stranger", "")
        yield Scene(hosts, stranger)


def _seen(upstream: Upstream) -> str:
    return "".join(f"{asked.path} {asked.headers} {asked.body!r}" for asked in upstream.requests)


def _strays(scene: Scene) -> list[str]:
    """Keys where they do not belong."""
    found = [
        f"{key} at {whose}" for whose, host in scene.hosts.items() for key in WHOSE
        if key != whose and KEYS[key] in _seen(host)
    ]  # fmt: skip
    return found + [f"{whose} at the stranger's" for whose in WHOSE if KEYS[whose] in _seen(scene.stranger)]


async def test_a10_each_key_reaches_its_own_host_and_no_other(
    scene: Scene, alice: Player, bob: Player, shelf: Shelf
) -> None:
    for player in (alice, bob):
        for model in await service.models_for(player.id):
            await service.choice(player.id, model.path)
    await shelf.renew()
    asked = [request for host in scene.everybody for request in host.requests]
    print(f"A10: {len(_strays(scene))} keys went astray in {len(asked)} requests to {len(scene.everybody)} hosts")
    assert _strays(scene) == []
    assert all(KEYS[whose] in _seen(host) for whose, host in scene.hosts.items())
    assert len(scene.stranger.requests) >= 2


async def test_a10_a_redirect_takes_no_key_along(scene: Scene, alice: Player, shelf: Shelf) -> None:
    elsewhere = f"{address(scene.stranger)}/models"
    for host in scene.hosts.values():
        host.models = status(307, location=elsewhere)
    await service.models_for(alice.id)
    assert scene.hosts["alice"].requests
    assert _strays(scene) == []


async def test_a10_nobody_is_given_the_key_of_another(scene: Scene, alice: Player, bob: Player) -> None:
    chosen = [await service.choice(bob.id, model.path) for model in await service.models_for(bob.id)]
    given = {choice.endpoint.key for choice in chosen if choice.endpoint is not None}
    assert given == {KEYS[whose] for whose in WHOSE if whose != "alice"}


async def test_a10_no_key_is_shown_logged_exported_or_stored_in_the_open(
    scene: Scene, client: Browser, alice: Player, root: Player, database: Address, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    shown = []
    for player in (alice, root):
        await sign_in(client, player)
        for path in PAGES:
            answer = await client.get(path)
            shown.append(answer.text + str(answer.headers))
    await sign_in(client, alice)
    form = {"name": "Again", "base_url": address(scene.stranger), "key": KEYS["alice"]}
    shown.append((await send(client, "/preferences/models/providers", form)).text)
    places = {
        "pages": "\n".join(shown),
        "log": "\n".join(log.Line().format(record) for record in caplog.records),
        "database": await _stored(database),
        "archive": await _archived(alice),
    }
    found = [f"{whose} in the {place}" for place, words in places.items() for whose in WHOSE if _is_in(whose, words)]
    sizes = ", ".join(f"{len(words):,} letters of {place}" for place, words in places.items())
    print(f"A10: {len(found)} keys in {sizes}")
    assert found == []
    assert all(len(words) > 1000 for words in places.values())
    assert "operator" in places["pages"]
    assert "my-alice" in places["archive"]


def _is_in(whose: str, words: str) -> bool:
    key = KEYS[whose]
    return any(form in words for form in (key, key.encode().hex(), key.replace("-", "%2D")))


async def _stored(address: Address) -> str:
    connection = await asyncpg.connect(host=address.host, user="postgres", database=address.database)
    try:
        names = [table._meta.tablename for table in tables()]  # noqa: SLF001 - Piccolo's way to ask a table about itself
        rows = [row[0] for name in names for row in await connection.fetch(f'select t::text from "{name}" t')]
    finally:
        await connection.close()
    return "\n".join(rows)


async def _archived(player: Player) -> str:
    async def silent(_percent: int) -> None:
        pass

    archive_id = await account.ask(player.id)
    await account.make(player.id, archive_id, silent)
    with zipfile.ZipFile(archive.path_of(account._directory(), archive_id)) as made:  # noqa: SLF001 - where it lies
        text = "\n".join(made.read(name).decode() for name in made.namelist())
    await account.remove(player.id, archive_id)
    return text
