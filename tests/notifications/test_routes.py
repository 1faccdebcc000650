"""The page of notifications, without JavaScript and with; and the same for programs."""

import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

import html5lib
import httpx2
import pytest

from app.core.clock import now
from app.core.ids import new_id
from app.core.paging import Cursor
from app.database.engine import db
from app.notifications import service
from app.notifications.service import notify
from tests import cast
from tests.cast import Player

SignIn = Callable[[httpx2.AsyncClient, Player], Awaitable[str]]
SWAP = {"hx-request": "true"}


@pytest.fixture
async def browser(client: httpx2.AsyncClient, alice: Player, sign_in: SignIn) -> httpx2.AsyncClient:
    """Alice's browser."""
    await sign_in(client, alice)
    return client


async def _told(player: Player, *sentences: str, href: str = "/account") -> list[UUID]:
    for sentence in sentences:
        await notify(player.id, "test", sentence, href)
    return [note.id for note in (await service.listed(player.id)).rows]


async def _post(browser: httpx2.AsyncClient, headers: dict[str, str] | None = None, **data: object) -> httpx2.Response:
    form = {"_csrf": await cast.csrf(browser, "/notifications"), **data}
    return await browser.post("/notifications", data=form, headers=headers)


async def _unread(player: Player) -> int:
    return await service.unread(player.id)


# Reading -------------------------------------------------------------------------------------------------------------


async def test_nobody_else_sees_the_page(client: httpx2.AsyncClient) -> None:
    assert (await client.get("/notifications")).status_code == 303


async def test_an_empty_list_says_what_will_be_there(browser: httpx2.AsyncClient) -> None:
    page = await browser.get("/notifications")
    assert page.status_code == 200
    assert "All quiet" in page.text
    assert "Mark everything as read" not in page.text


async def test_the_list_shows_what_happened_newest_first(browser: httpx2.AsyncClient, alice: Player) -> None:
    await _told(alice, "first", "second")
    text = (await browser.get("/notifications")).text
    assert 0 < text.index(">second<") < text.index(">first<")


async def test_what_others_wrote_is_text_and_no_markup(browser: httpx2.AsyncClient, alice: Player) -> None:
    await notify(alice.id, "test", "%(name)s is ready.", details={"name": "<script>alert(1)</script>"})
    text = (await browser.get("/notifications")).text
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt; is ready." in text


async def test_a_line_is_read_in_the_language_of_its_reader(browser: httpx2.AsyncClient, alice: Player) -> None:
    await _told(alice, "Nothing waits for you")
    page = await browser.get("/api/notifications", headers={"accept-language": "de"})
    assert page.json()["items"][0]["text"] == "Nichts wartet"


async def test_the_bell_tells_how_many_wait(browser: httpx2.AsyncClient, alice: Player) -> None:
    assert 'aria-label="Notifications"' in (await browser.get("/preferences")).text
    await _told(alice, "one", "two")
    assert 'aria-label="2 unread notifications"' in (await browser.get("/preferences")).text


async def test_who_does_not_want_to_be_told_has_a_silent_bell(browser: httpx2.AsyncClient, alice: Player) -> None:
    await _told(alice, "one")
    await browser.get("/preferences")
    await db.fetch(
        "insert into user_preferences (id, user_id, notifications) values ($1, $2, false)"
        " on conflict (user_id) do update set notifications = false",
        new_id(),
        alice.id,
    )
    assert "unread notification" not in (await browser.get("/preferences")).text


async def test_older_lines_are_a_page_further(browser: httpx2.AsyncClient, alice: Player) -> None:
    await _told(alice, *(f"line {n:02}" for n in range(35)))
    first = (await browser.get("/notifications")).text
    older = re.search(r'href="(/notifications\?after=[^"]+)"', first)
    assert older is not None
    second = (await browser.get(older[1].replace("&amp;", "&"))).text
    assert re.findall(r">line (\d\d)<", first + second) == [f"{n:02}" for n in range(34, -1, -1)]


async def test_beyond_the_last_line_the_page_leads_back(browser: httpx2.AsyncClient, alice: Player) -> None:
    await _told(alice, "one")
    cursor = Cursor(now() - timedelta(days=1), new_id())
    assert "That was all" in (await browser.get(f"/notifications?after={cursor}")).text


@pytest.mark.parametrize("query", ["after=x", "after=%00", "after=" + "A" * 3000, "unread=%ff", "after=MjAyNnxubw"])
async def test_b13_a_cursor_that_is_none_shows_the_newest(
    browser: httpx2.AsyncClient, alice: Player, query: str
) -> None:
    await _told(alice, "one")
    page = await browser.get(f"/notifications?{query}")
    assert page.status_code in (200, 400)
    if page.status_code == 200:
        assert ">one<" in page.text


@pytest.mark.parametrize("path", ["/notifications", "/notifications?unread=yes"])
async def test_the_page_is_valid_html(browser: httpx2.AsyncClient, alice: Player, path: str) -> None:
    await _told(alice, "one", "two")
    await notify(alice.id, "test", "leads nowhere")
    parser = html5lib.HTMLParser()
    parser.parse((await browser.get(path)).text)
    assert parser.errors == []


# Doing ---------------------------------------------------------------------------------------------------------------


async def test_to_open_a_line_reads_it_and_leads_on(browser: httpx2.AsyncClient, alice: Player) -> None:
    (note,) = await _told(alice, "one", href="/preferences#look")
    answer = await _post(browser, open=str(note))
    assert (answer.status_code, answer.headers["location"]) == (303, "/preferences#look")
    assert await _unread(alice) == 0


async def test_to_open_a_line_in_place_leads_on_too(browser: httpx2.AsyncClient, alice: Player) -> None:
    (note,) = await _told(alice, "one")
    answer = await _post(browser, SWAP, open=str(note))
    assert answer.headers["hx-redirect"] == "/account"


async def test_chosen_lines_are_marked_as_read(browser: httpx2.AsyncClient, alice: Player) -> None:
    notes = await _told(alice, "one", "two", "three")
    answer = await _post(browser, do="read", chosen=[str(note) for note in notes[:2]])
    assert (answer.status_code, answer.headers["location"]) == (303, "/notifications")
    assert await _unread(alice) == 1


async def test_chosen_lines_are_removed(browser: httpx2.AsyncClient, alice: Player) -> None:
    notes = await _told(alice, "one", "two", "three")
    await _post(browser, do="remove", chosen=[str(note) for note in notes[:2]])
    assert [note.id for note in (await service.listed(alice.id)).rows] == notes[2:]


async def test_everything_that_the_page_showed_is_marked_as_read(browser: httpx2.AsyncClient, alice: Player) -> None:
    await _told(alice, "one", "two")
    text = (await browser.get("/notifications")).text
    seen = text.split('name="seen" value="', 1)[1].split('"', 1)[0]
    await _told(alice, "three")
    await _post(browser, do="read-all", seen=seen)
    assert await _unread(alice) == 1


async def test_the_unread_alone_stay_alone(browser: httpx2.AsyncClient, alice: Player) -> None:
    (note,) = await _told(alice, "one")
    answer = await _post(browser, do="read", chosen=str(note), unread="yes")
    assert answer.headers["location"] == "/notifications?unread=yes"
    assert "Nothing waits for you" in (await browser.get("/notifications?unread=yes")).text


async def test_in_place_the_list_and_the_bell_come_back_and_nothing_else(
    browser: httpx2.AsyncClient, alice: Player
) -> None:
    notes = await _told(alice, "one", "two")
    answer = await _post(browser, SWAP, do="read", chosen=str(notes[0]))
    assert answer.status_code == 200
    assert "<html" not in answer.text
    assert answer.text.count('id="notifications"') == 1
    assert 'aria-label="1 unread notification"' in answer.text
    assert "hx-swap-oob" in answer.text


async def test_in_place_the_list_can_be_asked_for_again(browser: httpx2.AsyncClient, alice: Player) -> None:
    await _told(alice, "one")
    answer = await browser.get("/notifications", headers=SWAP)
    assert "<html" not in answer.text
    assert ">one<" in answer.text


async def test_a3_a_stranger_can_do_nothing_with_alices_lines(
    browser: httpx2.AsyncClient, other_client: httpx2.AsyncClient, alice: Player, charlie: Player, sign_in: SignIn
) -> None:
    notes = [str(note) for note in await _told(alice, "one", "two")]
    await sign_in(other_client, charlie)
    assert (await _post(other_client, open=notes[0])).status_code == 404
    for what in ("read", "remove", "read-all"):
        assert (await _post(other_client, do=what, chosen=notes)).status_code == 303
    assert await _unread(alice) == 2


@pytest.mark.parametrize("note", ["", "x", "0", "00000000-0000-0000-0000-00000000000g", str(UUID(int=1))])
async def test_b13_an_id_that_cannot_be_is_the_same_404(browser: httpx2.AsyncClient, note: str) -> None:
    assert (await _post(browser, open=note or "-")).status_code == 404


async def test_b13_unknown_wishes_change_nothing(browser: httpx2.AsyncClient, alice: Player) -> None:
    notes = await _told(alice, "one")
    for data in ({"do": "drop"}, {"do": "read", "chosen": ["x", "\u0000"]}, {}, {"do": "remove"}):
        assert (await _post(browser, **data)).status_code in (303, 400)
    assert [note.id for note in (await service.listed(alice.id)).rows] == notes
    assert await _unread(alice) == 1


async def test_a20_without_its_proof_a_form_is_refused(browser: httpx2.AsyncClient, alice: Player) -> None:
    await _told(alice, "one")
    assert (await browser.post("/notifications", data={"do": "read-all"})).status_code == 403
    assert await _unread(alice) == 1


# For programs --------------------------------------------------------------------------------------------------------


async def test_a_program_gets_the_same(browser: httpx2.AsyncClient, alice: Player) -> None:
    project = new_id()
    await notify(alice.id, "export", "one", "/account", source=("project", project))
    answer = (await browser.get("/api/notifications")).json()
    (item,) = answer["items"]
    assert (answer["next"], answer["unread"]) == (None, 1)
    assert (item["kind"], item["text"], item["href"], item["read_at"]) == ("export", "one", "/account", None)
    assert (item["source_kind"], item["source_id"]) == ("project", str(project))


async def test_a_program_turns_pages(browser: httpx2.AsyncClient, alice: Player) -> None:
    await _told(alice, "one", "two", "three")
    first = (await browser.get("/api/notifications?size=2")).json()
    second = (await browser.get("/api/notifications", params={"size": 2, "after": first["next"]})).json()
    assert [item["text"] for item in first["items"] + second["items"]] == ["three", "two", "one"]
    assert second["next"] is None


async def _call(browser: httpx2.AsyncClient, method: str, path: str, **more: object) -> httpx2.Response:
    headers = {"x-csrf-token": await cast.csrf(browser)}
    return await browser.request(method, f"/api/notifications{path}", headers=headers, **more)  # type: ignore[arg-type]


async def test_a_program_marks_some_or_all_as_read(browser: httpx2.AsyncClient, alice: Player) -> None:
    notes = await _told(alice, "one", "two", "three")
    answer = await _call(browser, "POST", "/read", json={"ids": [str(notes[0])]})
    assert (answer.status_code, answer.json()) == (200, {"unread": 2})
    assert (await _call(browser, "POST", f"/{notes[1]}/read")).status_code == 204
    assert (await _call(browser, "POST", "/read", json={})).json() == {"unread": 0}


async def test_a_program_removes_one(browser: httpx2.AsyncClient, alice: Player) -> None:
    (note,) = await _told(alice, "one")
    assert (await _call(browser, "DELETE", f"/{note}")).status_code == 204
    assert (await _call(browser, "DELETE", f"/{note}")).status_code == 404


async def test_a4_what_belongs_to_others_is_not_there_for_programs_either(
    browser: httpx2.AsyncClient, alice: Player, bob: Player
) -> None:
    (theirs,) = await _told(bob, "one")
    for method, path in (("POST", f"/{theirs}/read"), ("DELETE", f"/{theirs}"), ("DELETE", f"/{new_id()}")):
        answer = await _call(browser, method, path)
        assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")
    await _call(browser, "POST", "/read", json={"ids": [str(theirs)]})
    assert await _unread(bob) == 1


@pytest.mark.parametrize("body", [{"ids": ["x"]}, {"ids": "all"}, {"which": 1}, [], {"ids": [str(UUID(int=1))] * 101}])
async def test_b13_a_body_that_means_nothing_is_refused(browser: httpx2.AsyncClient, body: object) -> None:
    answer = await _call(browser, "POST", "/read", json=body)
    assert answer.status_code == 400
    assert answer.headers["content-type"].startswith("application/problem+json")
