"""A page that comes back, at any place in a reply: it gets exactly what it lacks."""

import asyncio
from html import unescape

import pytest

from app.chat.replies.following import changes
from app.chat.replies.live import Key, Live
from app.chat.talk.sheet import Reader, streamed
from app.core.ids import new_id
from tests.chat.replies.page import Page

TEXT = (
    "One *paragraph* with words.\n\nAnother one, naïve 😀.\n\n- a\n- list\n\n"
    "```\ncode\nmore code\n```\n\nThe end & all."
)


def growing(text: str = "") -> Live:
    live = Live(Key(new_id(), new_id(), new_id()))
    live.add(text)
    return live


def page_at(text: str) -> Page:
    """A page that was drawn when so much had come."""
    page = Page()
    page.take(Reader(growing(text), 0).event())
    return page


def whole(text: str) -> str:
    return page_at(text).html


def test_b4_from_every_offset_a_page_comes_to_the_very_same() -> None:
    live, wrong = growing(TEXT), []
    for after in range(len(TEXT) + 1):
        page = page_at(TEXT[:after])
        page.take(Reader(live, after).event())
        wrong += [after] if page.html != whole(TEXT) else []
    print(f"B4: {len(wrong)} of {len(TEXT) + 1} offsets led to another page")
    assert wrong == []


@pytest.mark.parametrize("size", [1, 2, 7, 30])
def test_b4_a_page_that_follows_all_along_comes_to_the_very_same(size: int) -> None:
    live, page = growing(), Page()
    reader = Reader(live, 0)
    for at in range(0, len(TEXT), size):
        live.add(TEXT[at : at + size])
        page.take(reader.event())
        assert page.at == live.answer.length
    assert page.html == whole(TEXT)


def test_b4_a_page_that_saw_what_died_is_drawn_anew_once_and_then_goes_on() -> None:
    live, page = growing(TEXT[:40]), page_at(TEXT[:80])
    reader = Reader(live, 80)
    page.take(reader.event())
    assert page.html == whole(TEXT[:40])
    live.add(TEXT[40:])
    following = reader.event()
    page.take(following)
    assert page.html == whole(TEXT)
    assert following.count(b'hx-swap="innerHTML"') == 0


def test_a_page_that_has_everything_gets_nothing() -> None:
    reader = Reader(growing(TEXT), len(TEXT))
    assert reader.event() == b""


def test_thoughts_come_whole_to_whoever_comes_back_and_then_bit_by_bit() -> None:
    live, page = growing(), Page()
    live.add("", "first <b> ")
    for reader in (Reader(live, 0), Reader(live, 0)):
        page.take(reader.event())
        live.add("", "more ")
        page.take(reader.event())
        assert unescape(page.parts["thoughts"]) == live.reasoning.text


async def test_what_comes_while_a_page_is_sent_to_is_not_left_for_the_next_word() -> None:
    live = growing("first")
    looks = changes(live)
    assert await anext(looks)
    live.add("second")  # while the first is still on its way
    async with asyncio.timeout(5):
        assert await anext(looks)
    live.settle("DONE")
    assert [look async for look in looks] == []


async def test_the_end_is_told_with_the_last_words() -> None:
    live = growing("all")
    live.settle("STOPPED")
    events = [event async for event in streamed(live, 0)]
    assert events[-1] == b"event: done\ndata: STOPPED\n\n"
    assert b"all" in b"".join(events)
