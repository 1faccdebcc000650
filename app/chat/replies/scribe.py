"""Keeps what replies of this process say: one insert a tick for all of them, and the leases under which we write.

Text is in the database 200 milliseconds after it came. While the database is away it waits here; a reply whose lease
was lost meanwhile belongs to somebody else, and is let go.
"""

import asyncio
import contextlib
import os
import platform
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from app.chat.replies.live import Key, Live, Voice
from app.chat.replies.queries import runs as queries
from app.chat.replies.queries.runs import LEASE_S, Written
from app.core import clock, log
from app.core.errors import AppError, Conflict, Rejected, Unavailable
from app.core.patience import patience
from app.core.secrets import new_token
from app.database.bus import bus

TICK_S: Final = 0.15
RENEW_EVERY_S: Final = 0.8  # so that a wish to stop, written anywhere, is heard within a second
MATERIALISE_EVERY_S: Final = 3.0
TOPIC: Final = "reply"
_log = log.logger("app.chat.replies")


@dataclass(slots=True)
class Held:
    """One reply that we write: how much of it is kept, and what to do when it is no longer ours or not wanted."""

    live: Live
    stop: Callable[[], None]
    lose: Callable[[], None]
    answered: int = 0  # characters that are kept
    reasoned: int = 0
    materialised: int = 0

    @property
    def kept(self) -> int:
        return self.answered + self.reasoned

    def unwritten(self) -> Iterable[Written]:
        """What came since the last tick."""
        for voice, at, is_reasoning in (
            (self.live.answer, self.answered, False),
            (self.live.reasoning, self.reasoned, True),
        ):
            if voice.length > at:
                yield Written(self.live.key, self.live.epoch, at, voice.after(at), is_reasoning)

    def note(self, written: Written) -> None:
        """So much of it is kept."""
        if written.is_reasoning:
            self.reasoned = written.at + len(written.text)
        else:
            self.answered = written.at + len(written.text)


@dataclass(slots=True)
class Scribe:
    """The one writer of this process."""

    name: str = field(default_factory=lambda: f"{platform.node()[:30]}:{os.getpid()}:{new_token()[:6]}")
    held: dict[Key, Held] = field(default_factory=dict)
    _bell: asyncio.Event = field(default_factory=asyncio.Event)
    _renewed: float = 0.0
    _materialised: float = 0.0
    _is_in_trouble: bool = False

    def hold(self, held: Held) -> None:
        """Write this one from now on."""
        self.held[held.live.key] = held
        self._bell.set()

    def release(self, live: Live) -> None:
        """Its end is written."""
        held = self.held.get(live.key)
        if held is not None and held.live is live:
            del self.held[live.key]

    async def run(self) -> None:
        """Write until cancelled. With nothing to write, sleep."""
        patience.set(LEASE_S / 3)  # who is held up for longer than the lease holds has lost what is held
        while True:
            if not self.held:
                self._bell.clear()
                await self._bell.wait()
            await asyncio.sleep(TICK_S)
            try:
                await self._tick()
                self._is_in_trouble = False
            except AppError as trouble:
                if not self._is_in_trouble:
                    _log.warning("Replies go on in memory until they can be kept: %s", type(trouble).__name__)
                self._is_in_trouble = True

    async def _tick(self) -> None:
        if clock.since(self._renewed) > RENEW_EVERY_S:
            await self._renew()
            self._renewed = clock.monotonic()
        await self._append()
        if clock.since(self._materialised) > MATERIALISE_EVERY_S:
            self._materialised = clock.monotonic()
            await self._materialise()

    async def _append(self) -> None:
        everything = list(self.held.values())
        try:
            await self._keep(everything)
        except Unavailable:
            raise
        except AppError:  # something about one of them; the others shall not suffer from it
            for held in everything:
                with contextlib.suppress(Conflict, Rejected):
                    await self._keep([held])

    async def _keep(self, what: Sequence[Held]) -> None:
        written = [(held, each) for held in what for each in held.unwritten()]
        if not written:
            return
        ours = await queries.append([each for _, each in written])
        for held, each in written:
            if each.key.message_id in ours:
                held.note(each)
            else:
                self._lose(held)
        for message_id in ours:
            bus.publish(TOPIC, message_id)

    async def _renew(self) -> None:
        asked = list(self.held.values())
        if not asked:
            return
        ours = await queries.renew([(held.live.key, held.live.epoch) for held in asked])
        for held in asked:
            wish = ours.get(held.live.key.message_id)
            if wish is None:
                self._lose(held)
            elif wish:
                held.stop()

    async def _materialise(self) -> None:
        grown = [held for held in self.held.values() if held.kept > held.materialised]
        if not grown:
            return
        await queries.materialise(
            [
                (
                    held.live.key,
                    held.live.epoch,
                    _first(held.live.answer, held.answered),
                    _first(held.live.reasoning, held.reasoned),
                )
                for held in grown
            ]
        )
        for held in grown:
            held.materialised = held.kept

    def _lose(self, held: Held) -> None:
        """Somebody else settled it while we were away; or it is gone, with its conversation."""
        self.release(held.live)
        held.lose()


def _first(voice: Voice, length: int) -> str:
    return voice.text[:length]
