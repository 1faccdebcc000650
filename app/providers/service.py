"""Which models a person can choose, and where the chosen one is asked."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from app.core.clock import now
from app.core.errors import AppError, Conflict
from app.core.events import ModelChosen, publish
from app.core.language import marked
from app.database.engine import atomic
from app.providers.catalogue import RECALL, RECALL_PATH, Choice, Entry, Model, ModelGone, model
from app.providers.offers import Offer, shelf
from app.providers.queries import providers as queries
from app.providers.sources import Source, of_row

__all__ = [
    "Choice",
    "Model",
    "ModelGone",
    "Shelved",
    "choice",
    "default_path",
    "models_for",
    "prefer",
    "shelves",
    "star",
]

# Groq is quick, and costs nothing to begin with; these are its good ones, where it still has them.
PREFERRED: Final = ("groq/llama-3.3-70b-versatile", "groq/openai/gpt-oss-120b")
MOST_STARS: Final = 100


@dataclass(frozen=True, slots=True)
class Shelved:
    """A provider with its models, as one person sees them. `problem` says why it does not answer, where it does not."""

    source: Source
    models: Sequence[Model]
    problem: AppError | None


async def shelves(person: UUID) -> list[Shelved]:
    """Every provider within this person's reach that is switched on."""
    rows = await queries.within_reach(person)
    stars = set(await queries.favourites(person))
    added = [of_row(row) for row in rows]
    sources = [*await shelf.common(), *[source for source in added if source.is_usable]]
    offers = await asyncio.gather(*[shelf.offer(source.endpoint) for source in sources])
    return [_shelved(source, offer, stars) for source, offer in zip(sources, offers, strict=True)]


def _shelved(source: Source, offer: Offer, stars: set[str]) -> Shelved:
    models = [
        model(source, entry, is_favourite=f"{source.slug}/{name}" in stars, is_answering=offer.problem is None)
        for name, entry in offer.models.items()
    ]
    return Shelved(source, models, offer.problem)


async def models_for(person: UUID) -> list[Model]:
    """Every model within this person's reach: the favourites first, Recall last."""
    found = [each for shelved in await shelves(person) for each in shelved.models]
    return [*sorted(found, key=lambda each: not each.is_favourite), RECALL.model]


async def choice(person: UUID, path: str) -> Choice:
    """The model with this path and where it is asked. One of somebody else is no more there than one that is gone."""
    if path == RECALL_PATH:
        return RECALL
    word, _, name = path.partition("/")
    source = await _source(person, word)
    if source is None or not source.is_usable:
        raise ModelGone
    offer = await shelf.offer(source.endpoint)
    entry = offer.models.get(name)
    if entry is None and (offer.models or not name):
        raise ModelGone
    known = entry or Entry(name)  # of a provider that is away: it will say itself why it does not answer
    return Choice(model(source, known, is_answering=offer.problem is None), source.endpoint)


async def _source(person: UUID, word: str) -> Source | None:
    found = next((source for source in await shelf.common() if source.slug == word), None)
    if found is not None:
        return found
    row = await queries.called(person, word)
    return None if row is None else of_row(row)


async def default_path(person: UUID, *wishes: str | None) -> str:
    """The first of the wishes that is there; else a model of Groq, else the first there is, else Recall."""
    for wish in wishes:
        if wish and await _is_there(person, wish):
            return wish
    found = [each.path for each in await models_for(person) if each.is_answering]
    groq = [path for path in found if path.startswith("groq/")]
    good = [path for path in PREFERRED if path in groq]
    return (good or groq or found)[0]


async def _is_there(person: UUID, path: str) -> bool:
    try:
        await choice(person, path)
    except ModelGone:
        return False
    return True


async def prefer(person: UUID, path: str) -> None:
    """Begin new conversations with this model; with none, as the house thinks best."""
    if path:
        await choice(person, path)
    async with atomic():
        await publish(ModelChosen(person, path))


async def star(person: UUID, path: str, *, on: bool) -> None:
    """Mark a model as a favourite, or no longer."""
    if not on:
        await queries.unstar(person, path)
        return
    await choice(person, path)
    if len(await queries.favourites(person)) >= MOST_STARS:
        raise Conflict(marked("You have a hundred favourites already. Take a star away first."))
    await queries.star(person, path, now())
