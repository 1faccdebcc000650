"""Files in a browser without scripts: with the words, beside them where one is refused, and on the message."""

import re
from collections.abc import Awaitable, Callable
from typing import Any

import httpx2
import pytest

from app.chat.attachments import kinds, service
from app.core.ids import new_id
from app.database.engine import db
from tests.cast import Player, csrf
from tests.chat.attachments import samples
from tests.chat.talking import Talk, begun, seen, send, settled

SignIn = Callable[[httpx2.AsyncClient, Player], Awaitable[str]]
BEES = ("bees.txt", b"They sleep.")


@pytest.fixture
async def alices(client: httpx2.AsyncClient, alice: Player, sign_in: SignIn) -> httpx2.AsyncClient:
    await sign_in(client, alice)
    return client


async def _sent(client: httpx2.AsyncClient, path: str, *files: tuple[str, bytes], **fields: Any) -> httpx2.Response:
    data = {"text": "Look at this", "model": "rag", **fields, "_csrf": await csrf(client)}
    return await client.post(path, data=data, files=[("files", file) for file in files])


async def _with(client: httpx2.AsyncClient, *files: tuple[str, bytes]) -> Talk:
    answer = await _sent(client, "/c", *files)
    assert answer.status_code == 303, answer.text
    await settled()
    return await seen(client, answer.headers["location"])


async def test_a_file_comes_with_the_words_and_hangs_on_their_message(alices: httpx2.AsyncClient) -> None:
    talk = await _with(alices, BEES)
    (link,) = re.findall(r'class="file" href="([^"]+)"', (await alices.get(talk.path)).text)
    assert (await alices.get(link)).text == "They sleep."


async def test_a_picture_is_shown_with_its_size_so_that_nothing_jumps(alices: httpx2.AsyncClient) -> None:
    talk = await _with(alices, ("bees.png", samples.png(30, 20)))
    assert re.search(
        r'<img src="/attachments/[^"]+" width="30" height="20" alt="bees.png"', (await alices.get(talk.path)).text
    )


@pytest.mark.parametrize(
    ("size", "shown"), [((3200, 2000), (320, 200)), ((200, 2000), (22, 220)), ((9, 9), (9, 9)), ((9999, 1), (320, 1))]
)
async def test_a_large_picture_is_shown_small_and_keeps_its_shape(
    size: tuple[int, int], shown: tuple[int, int], alice: Player
) -> None:
    made = await service.add(alice.id, "bees.gif", samples.gif(*size))
    assert made.shown_size == shown


async def test_a_form_in_which_no_file_was_chosen_says_the_words_alone(alices: httpx2.AsyncClient) -> None:
    answer = await _sent(alices, "/c", ("", b""))
    assert answer.status_code == 303
    assert await db.fetch_value("select count(*) from attachments") == 0
    await settled()


async def test_a_file_that_is_refused_keeps_the_words_and_the_other_files(alices: httpx2.AsyncClient) -> None:
    answer = await _sent(alices, "/c", BEES, ("virus.png", b"\x7fELF\x00"))
    assert answer.status_code == 400
    assert "Look at this</textarea>" in answer.text
    assert kinds.UNKNOWN in answer.text
    assert "“virus.png”" in answer.text
    (kept,) = re.findall(r'name="attached" value="([^"]+)" checked', answer.text)
    again = await send(alices, "/c", text="Look at this", model="rag", attached=kept)
    await settled()
    assert "bees.txt" in (await alices.get(again.headers["location"])).text


async def test_a_file_alone_is_answered_by_recall_too(alices: httpx2.AsyncClient) -> None:
    answer = await _sent(alices, "/c", BEES, text="")
    await settled()
    page = (await alices.get(answer.headers["location"])).text
    assert "I am Recall" in page
    assert 'class="said-text"' not in page


async def test_a_file_that_is_not_there_is_told_at_the_slip_alone_where_htmx_asks(alices: httpx2.AsyncClient) -> None:
    talk = await begun(alices)
    made = (
        await alices.post("/api/attachments", files={"file": BEES}, headers={"x-csrf-token": await csrf(alices)})
    ).json()
    fields = {
        "text": "Kept",
        "parent": str(talk.reply),
        "attached": [made["id"], str(new_id())],
        "_csrf": await csrf(alices),
    }
    answer = await alices.post(talk.path, data=fields, headers={"hx-request": "true"})
    assert (answer.status_code, answer.headers["hx-retarget"]) == (400, "#composer")
    assert f'name="attached" value="{made["id"]}" checked' in answer.text


async def test_a_file_that_is_too_large_keeps_the_words(alices: httpx2.AsyncClient) -> None:
    answer = await _sent(alices, "/c", ("long.txt", b"a" * (service.LARGEST + 1)))
    assert (answer.status_code, service.LARGE in answer.text) == (400, True)
    assert "Look at this</textarea>" in answer.text


@pytest.mark.parametrize("which", ["nobody's", "no id"])
async def test_a_file_that_is_not_there_keeps_the_words(alices: httpx2.AsyncClient, which: str) -> None:
    talk = await begun(alices)
    made = str(new_id()) if which == "nobody's" else "../etc/passwd"
    answer = await send(alices, talk.path, text="Kept", parent=str(talk.reply), attached=made)
    assert answer.status_code == 400
    assert "Kept</textarea>" in answer.text
    assert service.GONE in answer.text


async def test_another_version_of_a_message_keeps_its_files(alices: httpx2.AsyncClient) -> None:
    talk = await _with(alices, BEES)
    answer = await send(alices, f"{talk.path}/m/{talk.said}/edit", text="Look again")
    await settled()
    page = (await alices.get(answer.headers["location"])).text
    assert "Look again" in page
    assert 'class="file"' in page


async def test_whoever_has_a_link_reads_names_and_no_bytes(
    alices: httpx2.AsyncClient, other_client: httpx2.AsyncClient
) -> None:
    talk = await _with(alices, BEES, ("bees.png", samples.png()))
    page = (await send(alices, f"{talk.path}/shares", days="30")).text
    shared = (await other_client.get("/s/" + page.split("/s/", 1)[1].split('"', 1)[0])).text
    assert "bees.txt" in shared
    assert "bees.png" in shared
    assert "/attachments/" not in shared


async def test_what_the_model_was_told_of_a_file_can_be_looked_at(alices: httpx2.AsyncClient) -> None:
    talk = await _with(alices, BEES, ("bees.png", samples.png()))
    page = (await alices.get(f"{talk.reply_path}/told")).text
    assert "all of it, 11 characters" in page
    assert "not shown" in page


async def test_where_files_go_is_said_before_one_is_chosen(alices: httpx2.AsyncClient) -> None:
    page = (await alices.get("/")).text
    assert "10 files of 10 MB" in page
    assert 'enctype="multipart/form-data"' in page


async def test_a_stranger_cannot_send_what_waits_on_the_slip_of_another(
    alices: httpx2.AsyncClient, other_client: httpx2.AsyncClient, bob: Player, sign_in: SignIn, alice: Player
) -> None:
    made = await service.add(alice.id, *BEES)
    await sign_in(other_client, bob)
    answer = await send(other_client, "/c", text="Mine now", model="rag", attached=str(made.id))
    assert (answer.status_code, "bees.txt" in answer.text) == (400, False)
