"""What every test of models needs: nothing remembered, and a vault."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import Any

import pytest

from app.ai import session
from app.ai.session import Judge, opened
from app.core.asker import Asker
from app.core.secrets import Vault
from app.core.settings import Settings, adopt
from app.providers import added, keys, offers, service, sources
from app.providers.offers import Shelf
from tests.ai.upstream import Upstream, listing, scripted
from tests.cast import Player
from tests.providers.stage import Setting

NAMES = ("gpt-4o", "gpt-4o-mini", "text-embedding-3-small")


@pytest.fixture(autouse=True)
def shelf(monkeypatch: pytest.MonkeyPatch) -> Shelf:
    """As in a process that was just started."""
    fresh = Shelf()
    sources._of.cache_clear()  # noqa: SLF001 - as above
    for module in (added, offers, service):
        monkeypatch.setattr(module, "shelf", fresh)
    return fresh


@pytest.fixture(autouse=True)
def vault(settings: Settings) -> None:
    keys.seal_with(Vault(settings.secret))


@pytest.fixture
async def upstream() -> AsyncIterator[Upstream]:
    """A provider with two models that talk, and one that does not."""
    async with scripted(models=listing(*NAMES)) as upstream:
        yield upstream


@pytest.fixture
def setting(database: object, settings: Settings) -> Iterator[Setting]:
    """Change settings, until the test ends."""

    def change(**given: Any) -> None:
        adopt(replace(settings, **given))

    yield change
    adopt(settings)


@pytest.fixture
async def public(upstream: Upstream, monkeypatch: pytest.MonkeyPatch) -> None:
    """For people's own providers too, this machine counts as a part of the Internet."""
    key = asyncio.get_running_loop(), False
    monkeypatch.setitem(session._sessions, key, opened(Judge(trusts=True)))  # noqa: SLF001 - the door outward


@pytest.fixture
def alices(alice: Player) -> Asker:
    return Asker(alice.id, alice.name, alice.email, "DEVELOPER")


@pytest.fixture
def chief(root: Player) -> Asker:
    return Asker(root.id, root.name, root.email, "ADMIN")
