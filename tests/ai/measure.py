"""What a token costs us: processor time from the socket to the piece, with a scripted upstream in another process.

.venv/bin/python -m tests.ai.measure
"""

import asyncio
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median
from subprocess import PIPE, Popen

import uvloop

from app.ai import session
from app.ai.endpoint import Endpoint
from app.ai.question import Question, Turn
from app.ai.upstream import ask

ROUNDS = 3


@contextmanager
def apart() -> Iterator[Endpoint]:
    """The upstream in a process of its own."""
    with Popen([sys.executable, "-m", "tests.ai.upstream"], stdout=PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield Endpoint("Scripted", process.stdout.readline().split()[0], "sk-measured", trusted=True)
        finally:
            process.terminate()


async def one(endpoint: Endpoint, model: str) -> tuple[int, int]:
    """Pieces and tokens of one answer."""
    pieces = [piece async for piece in ask(endpoint, Question(model, (Turn("user", "Go on."),)))]
    return len(pieces), sum(piece.text.count(" ") for piece in pieces)


async def figure(endpoint: Endpoint, streams: int, count: int, every: int) -> tuple[float, float]:
    """Microseconds of processor time a token, and tokens a piece."""
    start = time.process_time()
    told = await asyncio.gather(*(one(endpoint, f"tokens-{count}-every-{every}ms") for _ in range(streams)))
    spent = time.process_time() - start
    pieces, tokens = (sum(each) for each in zip(*told, strict=True))
    assert tokens == streams * count
    return spent / tokens * 1e6, tokens / pieces


async def main() -> None:
    with apart() as endpoint:
        await one(endpoint, "tokens-1-every-0ms")  # loads the library
        for streams, count, every in ((1, 200, 10), (32, 200, 20), (100, 100, 20), (32, 2000, 0)):
            found = [await figure(endpoint, streams, count, every) for _ in range(ROUNDS)]
            cost, merged = median(cost for cost, _ in found), median(merged for _, merged in found)
            print(f"{streams} streams, a token every {every} ms: {cost:.1f} us a token, {merged:.1f} tokens a piece")
        await session.close()


if __name__ == "__main__":
    uvloop.run(main())
