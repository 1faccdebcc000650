"""Providers that people add: administrators for all, everybody for themselves. A key goes in and never comes out."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

from app.ai import failures, upstream
from app.ai.endpoint import Endpoint
from app.audit import service as audit
from app.core.asker import Asker
from app.core.clock import now
from app.core.errors import AppError, Conflict, NotFound, Rejected
from app.core.language import marked
from app.core.text import is_shown
from app.database.engine import atomic
from app.providers import keys
from app.providers.catalogue import entries
from app.providers.offers import Offer, shelf
from app.providers.queries import providers as queries
from app.providers.queries.providers import EVERYBODY, Owner
from app.providers.sources import KNOWN, OWN, Source, free_slug, of_row

LONGEST_NAME: Final = 60
LONGEST_ADDRESS: Final = 300
LONGEST_KEY: Final = 500
MOST: Final = 20
_KEY: Final = re.compile(r"[\x21-\x7e]*")
_ADDRESS: Final = re.compile(r"https?://[^\s\\@?#\x00-\x20\x7f-\x9f]+", re.IGNORECASE)
_ENDING: Final = re.compile(r"(/(chat/completions|completions|models|responses))?/*$")


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody typed. The key is not for the eyes of a log."""

    name: str
    base_url: str
    key: str = field(default="", repr=False)

    def plain(self) -> "Draft":
        """Without what people copy along: spaces, and the ending of the address that was in the example."""
        return Draft(" ".join(self.name.split()), _ENDING.sub("", self.base_url.strip()), self.key.strip())


async def attempt(draft: Draft, *, trusted: bool) -> int:
    """Ask this provider for its models; how many there are. What is wrong is said beside the field that it is about."""
    draft = draft.plain()
    _check(draft, trusted=trusted)
    return await _asked(Endpoint(draft.name, draft.base_url, draft.key, trusted=trusted))


async def _asked(endpoint: Endpoint) -> int:
    try:
        return len(entries(endpoint, await upstream.models(endpoint)))
    except AppError as failure:
        raise Rejected(fields={_field(failure): str(failure)}) from failure


def _field(failure: AppError) -> str:
    return "key" if isinstance(failure, failures.KeyRefused | failures.OutOfCredit) else "base_url"


def _check(draft: Draft, *, trusted: bool) -> None:
    problems = {
        "name": _name_problem(draft.name),
        "base_url": _address_problem(draft, trusted=trusted),
        "key": "" if len(draft.key) <= LONGEST_KEY and _KEY.fullmatch(draft.key) else NO_KEY,
    }
    wrong = {field: sentence for field, sentence in problems.items() if sentence}
    if wrong:
        raise Rejected(fields=wrong)


NO_KEY: Final = marked("A key is one word of letters, digits and signs. Copy it once more.")


def _name_problem(name: str) -> str:
    if not name:
        return marked("This is needed.")
    if len(name) > LONGEST_NAME:
        return marked("This is too long.")
    return "" if is_shown(name) else marked("This contains something that cannot be stored.")


def _address_problem(draft: Draft, *, trusted: bool) -> str:
    if len(draft.base_url) > LONGEST_ADDRESS or not _ADDRESS.fullmatch(draft.base_url) or not _host(draft.base_url):
        return marked("Write an address such as https://api.example.com/v1.")
    if draft.key and not trusted and not draft.base_url.lower().startswith("https:"):
        return marked("Begin it with https://. Without that, everybody on the way could read your key.")
    return ""


def _host(url: str) -> str:
    try:
        return urlsplit(url).netloc
    except ValueError:
        return ""


# What there is --------------------------------------------------------------------------------------------------------


async def listed(owner: Owner) -> list[Source]:
    """Those of this person, or everybody's; the first first."""
    return [of_row(row) for row in await queries.rows(owner)]


async def one(owner: Owner, provider_id: UUID) -> Source:
    """One of them. Somebody else's is not there."""
    row = await queries.row(owner, provider_id)
    if row is None:
        raise NotFound
    return of_row(row)


async def add(asker: Asker, owner: Owner, draft: Draft) -> UUID:
    """Add it, once it has answered."""
    await attempt(draft, trusted=owner is EVERYBODY)
    plain, there = draft.plain(), await listed(owner)
    if len(there) >= MOST:
        raise Conflict(marked("There are twenty already. Delete one that is no longer used."))
    word = await _slug(plain.name, owner, there)
    async with atomic():
        values = (word, plain.name, plain.base_url, keys.sealed(plain.key), keys.hint(plain.key))
        provider_id = await queries.add(owner, values, now())
        await audit.record(asker, "models.provider_added", "provider", provider_id, _of(owner, plain.name))
    return provider_id


async def _slug(name: str, owner: Owner, there: Sequence[Source]) -> str:
    if owner is not EVERYBODY:
        return OWN + free_slug(name, {source.slug.removeprefix(OWN) for source in there})
    common = await shelf.common()
    return free_slug(name, {word for word, *_ in KNOWN} | {source.slug for source in (*common, *there)})


async def try_again(owner: Owner, provider_id: UUID) -> Offer:
    """Ask it for its models now, and keep what it says."""
    source = await one(owner, provider_id)
    return await shelf.ask(source.endpoint)


async def switch(asker: Asker, owner: Owner, provider_id: UUID, *, on: bool) -> None:
    """Let its models be there, or not."""
    source = await one(owner, provider_id)
    async with atomic():
        await queries.switch(owner, provider_id, on=on)
        details = _of(owner, source.name)
        if on:
            await audit.record(asker, "models.provider_switched_on", "provider", provider_id, details)
        else:
            await audit.record(asker, "models.provider_switched_off", "provider", provider_id, details)


async def remove(asker: Asker, owner: Owner, provider_id: UUID) -> None:
    """Forget it, and its key."""
    source = await one(owner, provider_id)
    async with atomic():
        await queries.remove(owner, provider_id)
        await audit.record(asker, "models.provider_removed", "provider", provider_id, _of(owner, source.name))


def _of(owner: Owner, name: str) -> dict[str, str]:
    return {"name": name, "whose": "everybody" if owner is EVERYBODY else "own"}
