"""Finding in a conversation, as a browser without scripts does it."""

import re
from html import unescape

import httpx2

from app.chat.messages import service as messages
from app.core.clock import now
from app.core.ids import new_id
from app.index import service as index
from app.index.passages import Passage
from tests.cast import Player
from tests.chat.talking import begun, said, send, settled

SWAP = {"HX-Request": "true"}


async def test_what_was_said_is_found_with_its_words_marked_and_leads_to_its_place(alices: httpx2.AsyncClient) -> None:
    talk = await begun(alices, "Which FOX jumps over the dog?")
    page = (await alices.get(f"{talk.path}/find?q=fox+jump")).text
    assert "Which <mark>FOX</mark> <mark>jumps</mark> over the dog?" in page
    link = unescape(re.findall(rf'href="({talk.path}\?at={talk.said}[^"]+)"', page)[0])
    assert link == f"{talk.path}?at={talk.said}&words=FOX%20jumps#m-{talk.said}"
    assert f'id="m-{talk.said}"' in (await alices.get(link)).text


async def test_while_one_types_only_what_was_found_is_sent(alices: httpx2.AsyncClient) -> None:
    talk = await begun(alices, "Which fox jumps?")
    part = (await alices.get(f"{talk.path}/find?q=jum", headers=SWAP)).text
    assert ("<mark>jumps</mark>" in part, "<form" in part, "<html" in part) == (True, False, False)


async def test_a_version_that_is_not_shown_is_found_and_opening_it_shows_it(alices: httpx2.AsyncClient) -> None:
    talk = await begun(alices, "A heron stood there")
    await send(alices, f"{talk.path}/m/{talk.said}/edit", text="A stork stood there")
    await settled()
    assert "A heron stood there</div>" not in (await alices.get(talk.path)).text
    page = (await alices.get(f"{talk.path}/find?q=heron")).text
    link = unescape(re.findall(r'class="hits">\s*<li><a href="([^"]+)"', page)[0])
    assert "A heron stood there</div>" in (await alices.get(link)).text


async def test_what_was_deleted_is_not_found(alices: httpx2.AsyncClient) -> None:
    talk = await begun(alices, "A heron stood there")
    assert f"at={talk.said}" in (await alices.get(f"{talk.path}/find?q=heron+stood")).text
    await send(alices, f"{talk.path}/m/{talk.said}/delete")
    assert f"at={talk.said}" not in (await alices.get(f"{talk.path}/find?q=heron+stood")).text


async def test_pages_of_what_was_found_have_all_of_it_once(alices: httpx2.AsyncClient, alice: Player) -> None:
    talk, _ = await said(alice.id, [f"A moon, the {number}th." for number in range(120)])
    await messages.index_all(alice.id, talk)
    path, seen = f"/c/{talk}/find?q=moon", list[str]()
    while path:
        page = (await alices.get(path)).text
        seen += re.findall(r"</mark>, the (\d+)th", page)
        path = unescape("".join(re.findall(r'<p class="more"><a href="([^"]+)"', page)))
    assert seen == [str(number) for number in range(120)]


async def test_a_long_message_with_many_hits_is_found_once(alices: httpx2.AsyncClient, alice: Player) -> None:
    talk, _ = await said(alice.id, ["The moon is full. " * 900])
    await messages.index_all(alice.id, talk)
    page = (await alices.get(f"/c/{talk}/find?q=moon")).text
    assert page.count('<span class="hit"') == 1


async def test_nothing_found_says_what_may_help(alices: httpx2.AsyncClient) -> None:
    talk = await begun(alices, "Which fox jumps?")
    assert "the beginning of one, may find it" in (await alices.get(f"{talk.path}/find?q=zebra")).text
    assert "All words must be there" in (await alices.get(f"{talk.path}/find")).text
    between = await begun(alices, "Between us", temporary="on")
    assert "kept out of the index" in (await alices.get(f"{between.path}/find?q=between")).text


async def test_what_others_said_is_never_found(alices: httpx2.AsyncClient, alice: Player, bob: Player) -> None:
    talk, ids = await said(bob.id, ["A heron of Bob's"])
    await messages.index_all(bob.id, talk)
    assert (await alices.get(f"/c/{talk}/find?q=heron")).status_code == 404
    mine, _ = await said(alice.id, ["Nothing of that kind"])
    foreign = Passage(kind="MESSAGE", source_id=new_id(), text="heron", said_at=now(), group_id=mine, position=0)
    await index.put(bob.id, [foreign])
    assert "Bob's" not in (await alices.get(f"/c/{mine}/find?q=heron&after=0-0-{ids[0].hex}")).text
    assert "<mark>" not in (await alices.get(f"/c/{mine}/find?q=heron")).text


async def test_a_place_that_is_none_of_ours_is_the_beginning(alices: httpx2.AsyncClient) -> None:
    talk = await begun(alices, "Which fox jumps?")
    for after in ("x", "9999999999-0-" + "0" * 32, "-1-0-" + "0" * 32, "' or 1=1"):
        assert (
            "<mark>jumps</mark>" in (await alices.get(f"{talk.path}/find", params={"q": "jumps", "after": after})).text
        )
