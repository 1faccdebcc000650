"""Which models each provider has. Asked for in the background, so that nobody waits; kept while a provider is away."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from app.ai import found, upstream
from app.ai.endpoint import Endpoint
from app.core.clock import monotonic, since
from app.core.errors import AppError
from app.core.settings import settings
from app.providers import catalogue
from app.providers.catalogue import Entry
from app.providers.sources import Source, of_environment, of_machine

EVERY: Final = 180.0
PATIENCE: Final = 5.0  # for a list that nobody has ever seen
_WANTED_FOR: Final = 3600.0  # after that the lists of a person who is away are forgotten


@dataclass(slots=True)
class Offer:
    """What a provider offers. Where it does not answer, `problem` says why, and the models are those of last time."""

    models: dict[str, Entry] = field(default_factory=dict)
    problem: AppError | None = None
    wanted_at: float = field(default_factory=monotonic)


class Shelf:
    """The lists of every provider that this process was asked for."""

    def __init__(self) -> None:
        self._offers: dict[Endpoint, Offer] = {}
        self._asking: dict[Endpoint, asyncio.Task[Offer]] = {}
        self._found: dict[Endpoint, None] = {}
        self._looking = asyncio.Lock()
        self._has_looked = False

    async def offer(self, endpoint: Endpoint) -> Offer:
        """At once where a list is there; else the provider is asked now, and waited for no longer than our patience."""
        known = self._offers.get(endpoint)
        if known is not None:
            known.wanted_at = monotonic()
            return known
        asking = self._ask(endpoint)
        await asyncio.wait((asking,), timeout=PATIENCE)
        return asking.result() if asking.done() and not asking.cancelled() else Offer()

    async def ask(self, endpoint: Endpoint) -> Offer:
        """Ask anew."""
        return await asyncio.shield(self._ask(endpoint))

    def _ask(self, endpoint: Endpoint) -> "asyncio.Task[Offer]":
        """One question at a time, whoever waits for its answer."""
        task = self._asking.get(endpoint)
        if task is None:
            task = self._asking[endpoint] = asyncio.create_task(self._answered(endpoint))
            task.add_done_callback(lambda _done: self._asking.pop(endpoint, None))
        return task

    async def _answered(self, endpoint: Endpoint) -> Offer:
        offer = self._offers.get(endpoint) or Offer()
        try:
            offered = await upstream.models(endpoint)
            entries = await asyncio.to_thread(catalogue.entries, endpoint, offered)
            offer.models, offer.problem = {entry.name: entry for entry in entries}, None
        except AppError as failure:
            offer.problem = AppError(failure.msgid, code=failure.name, **failure.values)  # without what led to it
        self._offers[endpoint] = offer
        return offer

    # What everybody has -------------------------------------------------------------------------------------------

    async def common(self) -> list[Source]:
        """The providers of the environment and of this machine. It is looked for once, then in the background."""
        if not self._has_looked:
            await self._look_once()
        return [*of_environment(), *of_machine(list(self._found))]

    async def _look_once(self) -> None:
        async with self._looking:
            if not self._has_looked:
                await self._look()

    async def _look(self) -> None:
        if settings().find_local_models:
            self._found |= dict.fromkeys(await found.on_this_machine())
        self._has_looked = True

    async def renew(self) -> None:
        """Ask everybody again whom somebody may ask for soon, and look whether something new runs here."""
        await self._look()
        common = [source.endpoint for source in await self.common()]
        self._forget(common)
        await asyncio.gather(*[self.ask(endpoint) for endpoint in {*common, *self._offers}])

    def hang_up(self) -> None:
        """Wait for no answer any more."""
        for task in self._asking.values():
            task.cancel()

    def _forget(self, common: Iterable[Endpoint]) -> None:
        stale = [each for each, offer in self._offers.items() if since(offer.wanted_at) > _WANTED_FOR]
        for endpoint in set(stale) - set(common):
            del self._offers[endpoint]


shelf: Final = Shelf()


async def watch() -> None:
    """Keep the lists fresh, until it is cancelled."""
    try:
        while True:
            await shelf.renew()
            await asyncio.sleep(EVERY)
    finally:
        shelf.hang_up()
