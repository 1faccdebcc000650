"""The end of this process, as open streams may see it coming."""

import asyncio


class Drain:
    """Set once, when the server has stopped to accept: whoever streams ends its stream cleanly, within seconds."""

    def __init__(self) -> None:
        self._begun = asyncio.Event()

    def begin(self) -> None:
        """Tell every stream. Called in the event loop."""
        self._begun.set()

    def reset(self) -> None:
        """Begin anew: a server starts in this process."""
        self._begun = asyncio.Event()

    def is_set(self) -> bool:
        return self._begun.is_set()

    async def wait(self) -> None:
        """Until the end begins."""
        await self._begun.wait()


draining = Drain()
