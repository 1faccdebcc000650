"""How often those who follow a reply look: the first words at once, then at a calm pace that the load decides."""

import asyncio
from collections.abc import AsyncIterator
from typing import Final

from app.chat.replies.live import Live
from app.core import clock
from app.web.drain import draining

BREATH_S: Final = 15.0
_SHORTEST_S: Final = 0.03
_LONGEST_S: Final = 0.25
_EACH_S: Final = 0.002
_following = [0]


async def changes(live: Live) -> AsyncIterator[bool]:
    """Whenever there is more: true; after a while without anything: false. It ends with the reply, or the process."""
    ending = asyncio.ensure_future(draining.wait())
    _following[0] += 1
    looked = clock.monotonic() if _has_begun(live) else 0.0  # long ago: nobody is made to wait for the first words
    change = live.change()  # asked for before the look, so that nothing comes unseen while the look is drawn and sent
    try:
        yield True
        while not live.is_settled and not ending.done():
            await asyncio.wait({change, ending}, timeout=BREATH_S, return_when=asyncio.FIRST_COMPLETED)
            if change.done() and not live.is_settled:
                await asyncio.sleep(max(0, _pause() - clock.since(looked)))
            looked, came = clock.monotonic(), change.done()
            change = live.change() if came else change
            yield came
    finally:
        _following[0] -= 1
        ending.cancel()


def _has_begun(live: Live) -> bool:
    return bool(live.answer.length or live.reasoning.length)


def _pause() -> float:
    return min(_SHORTEST_S + _EACH_S * _following[0], _LONGEST_S)
