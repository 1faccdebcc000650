"""B14: whatever is written, drawing it takes the time of reading it, and nobody waits."""

import asyncio
import time

import pytest

from app.markup.growing import block_html, frozen, tail_html
from app.markup.render import rendered, rendered_later
from tests.markup.families import FAMILIES

SIZES = (10_000, 100_000, 1_000_000)


def _measured(text: str) -> tuple[float, float]:
    """How many milliseconds of the processor it takes, and how many times as long it becomes."""
    began = time.process_time()
    html = rendered(text)
    return (time.process_time() - began) * 1_000, (len(html) - 100) / len(text)


@pytest.mark.parametrize("size", SIZES)
def test_b14_hostile_text_becomes_thirty_times_as_long_at_most(size: int) -> None:
    found = {name: _measured(family(size)) for name, family in FAMILIES.items()}
    worst = sorted(found, key=lambda name: -found[name][0])[:3]
    shown = ", ".join(f"{name} {found[name][0]:.0f} ms" for name in worst)
    longest = max(growth for _, growth in found.values())
    print(f"B14: {len(found)} families at {size // 1_000} KB: {longest:.0f} times as long at most; slowest {shown}")
    assert longest <= 30


@pytest.mark.parametrize("name", FAMILIES)
def test_b14_what_is_hostile_while_it_grows_is_drawn_too(name: str) -> None:
    text = FAMILIES[name](10_000)
    start = frozen(text)
    assert len(block_html(text[:start])) + len(tail_html(text[start:])) <= 30 * len(text) + 30_000


@pytest.mark.parametrize("name", ["quotations", "a table of short rows"])
def test_b14_what_would_be_too_deep_or_too_long_is_shown_as_it_was_written(name: str) -> None:
    assert rendered(FAMILIES[name](10_000)).startswith('<p class="plain" dir="auto">')


async def test_a_long_text_is_drawn_elsewhere_and_the_same() -> None:
    text = "A *paragraph* of `some` words.\n\n" * 1_000
    assert await rendered_later(text, "m") == rendered(text, "m")
    assert await rendered_later("*short*") == rendered("*short*")


async def test_b14_others_go_on_while_a_long_text_is_drawn() -> None:
    drawing = asyncio.create_task(rendered_later(FAMILIES["emphasis"](1_000_000)))
    turns, longest, last = 0, 0.0, time.perf_counter()
    while not drawing.done():
        await asyncio.sleep(0.001)
        now = time.perf_counter()
        turns, longest, last = turns + 1, max(longest, now - last), now
    print(f"B14: {turns} turns of the loop while 1 MB was drawn, the longest {longest * 1_000:.0f} ms")
    assert turns > 10
    assert (await drawing).startswith("<p")
