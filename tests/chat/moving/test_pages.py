"""The box that takes a file, what is shown of it, and what leads away again: in a browser without JavaScript."""

import asyncio
import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2
import pytest
from litestar.types import ASGIApp

from app.chat.moving import files, jobs
from app.core.settings import Settings, adopt
from app.jobs.worker import register
from tests import cast
from tests.cast import Player
from tests.chat.moving.bringing import brought, counted, many, rows
from tests.chat.moving.exported import file, small
from tests.chat.moving.shelf import furnished
from tests.doors import trying
from tests.jobs.workers import working

ZIP = "application/zip"


@pytest.fixture
async def mine(client: httpx2.AsyncClient, alice: Player) -> httpx2.AsyncClient:
    """Alice's browser."""
    await cast.sign_in(client, alice)
    return client


async def _send(browser: httpx2.AsyncClient, content: bytes, name: str = "export.zip") -> httpx2.Response:
    proof = await cast.csrf(browser, "/c/import")
    return await browser.post("/c/import", data={"_csrf": proof}, files={"file": (name, content, ZIP)})


def _zipped(value: Any) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("conversations.json", json.dumps(value))
    return out.getvalue()


async def _until(browser: httpx2.AsyncClient, path: str, words: str) -> str:
    for _ in range(300):
        page = (await browser.get(path)).text
        if words in page:
            return page
        await asyncio.sleep(0.05)
    raise AssertionError(words)


async def test_a_file_is_taken_read_and_told_of(mine: httpx2.AsyncClient, alice: Player) -> None:
    register("chat.import", jobs.bring)
    answer = await _send(mine, _zipped([*many(2, 4), {"title": "Odd", "mapping": {}}]))
    page = answer.headers["location"]
    assert "It is being read" in (await mine.get(page)).text
    async with working():
        told = await _until(mine, page, "It is done.")
    assert "8 new messages are here." in told
    assert "There is nothing in it that was said." in told
    assert "What you brought along is there" in (await mine.get("/notifications")).text
    assert files.lying() == {}


async def test_what_came_says_where_it_was_held(mine: httpx2.AsyncClient, alice: Player, tmp_path: Path) -> None:
    await brought(alice, file(tmp_path, [small()]))
    (talk,) = await rows("conversations", alice)
    page = (await mine.get(f"/c/{talk['id']}")).text
    assert "from ChatGPT" in page
    assert "Puttanesca." in page


async def test_the_box_says_beforehand_how_much_it_takes(mine: httpx2.AsyncClient) -> None:
    page = (await mine.get("/c/import")).text
    assert "at most 1 GB" in page
    assert 'enctype="multipart/form-data"' in page


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "This file is empty."),
        (b"PK\x03\x04 and so on", "This archive is damaged."),
        (b"Dear diary", "Nothing in this file is a conversation"),
    ],
)
async def test_what_is_wrong_is_said_beside_the_box(
    content: bytes, sentence: str, mine: httpx2.AsyncClient, alice: Player
) -> None:
    answer = await _send(mine, content)
    assert (answer.status_code, 'aria-invalid="true"' in answer.text) == (400, True)
    assert sentence in answer.text
    assert (await counted("imports", alice), files.lying()) == (0, {})


async def test_no_file_is_no_file(mine: httpx2.AsyncClient) -> None:
    proof = await cast.csrf(mine, "/c/import")
    for sent in ({"data": {"_csrf": proof}}, {"files": {"_csrf": (None, proof)}}):
        answer = await mine.post("/c/import", **sent)
        assert (answer.status_code, "Choose a file first." in answer.text) == (400, True)


async def test_a_megabyte_of_something_else_is_told_on_its_page(mine: httpx2.AsyncClient) -> None:
    register("chat.import", jobs.bring)
    answer = await _send(mine, json.dumps([{"number": number} for number in range(80_000)]).encode(), "numbers.json")
    async with working():
        told = await _until(mine, answer.headers["location"], "This did not work.")
    assert "Nothing in this file is a conversation in a form that is known here." in told


async def test_a_file_that_is_too_large_leaves_nothing(
    mine: httpx2.AsyncClient, settings: Settings, alice: Player
) -> None:
    proof = await cast.csrf(mine, "/c/import")
    adopt(replace(settings, import_most_mb=1))
    answer = await mine.post("/c/import", data={"_csrf": proof}, files={"file": ("a.json", b"[" * 1_200_000)})
    assert (answer.status_code, "This file is larger than can be accepted." in answer.text) == (413, True)
    assert (await counted("imports", alice), files.lying()) == (0, {})


@pytest.mark.parametrize("end", ["gone", "short"])
async def test_an_upload_that_is_cut_off_leaves_nothing(
    end: str, app: ASGIApp, mine: httpx2.AsyncClient, alice: Player
) -> None:
    """The connection ends, or the form does, in the middle of the file."""
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.json"\r\n\r\n[' + b" " * 3_000_000
    sent = [{"type": "http.request", "body": head, "more_body": end == "gone"}, {"type": "http.disconnect"}]
    statuses: list[int] = []

    async def receive() -> Any:
        return sent.pop(0) if len(sent) > 1 else sent[0]

    async def send(message: Any) -> None:
        statuses.append(message.get("status", 0))

    proof, session = await cast.csrf(mine, "/c/import"), mine.cookies["session"]
    headers = {"host": "127.0.0.1:8080", "cookie": f"session={session}", "x-csrf-token": proof}
    headers |= {"content-type": "multipart/form-data; boundary=x", "content-length": "4000000"}
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": "POST", "path": "/c/import", "raw_path": b"/c/import", "query_string": b""}
    scope |= {"headers": raw, "scheme": "http", "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 8080)}
    await app(scope | {"http_version": "1.1", "root_path": "", "state": {}}, receive, send)  # type: ignore[arg-type] # ASGI is spoken by hand
    assert statuses[0] == 400
    assert (await counted("imports", alice), files.lying()) == (0, {})


async def test_a_form_of_fields_has_no_more_room_there_than_anywhere(app: ASGIApp, alice: Player) -> None:
    async with trying.browser(app, alice) as client:
        answer = await client.post("/c/import", data={"file": "x" * 2_000_000})
    assert answer.status_code == 413


async def test_what_was_stopped_or_taken_off_the_list_is_so(mine: httpx2.AsyncClient, alice: Player) -> None:
    page = (await _send(mine, _zipped(many(1)))).headers["location"]
    proof = await cast.csrf(mine, page)
    await mine.post(f"{page}/stop", data={"_csrf": proof})
    assert "Stopped. What had come by then is there." in (await mine.get(page)).text
    assert files.lying() == {}
    await mine.post(f"{page}/remove", data={"_csrf": proof})
    assert (await mine.get(page)).status_code == 404


async def test_a_long_list_of_results_has_pages(mine: httpx2.AsyncClient, alice: Player, tmp_path: Path) -> None:
    done = await brought(alice, file(tmp_path, many(130)))
    first = (await mine.get(f"/c/import/{done.id}")).text
    second = (await mine.get(f"/c/import/{done.id}?after=100")).text
    assert ("Talk 99<" in first, "Talk 100<" in first, "?after=100" in first) == (True, False, True)
    assert ("Talk 99<" in second, "Talk 129<" in second) == (False, True)


# Away -----------------------------------------------------------------------------------------------------------------


async def test_the_shown_path_is_downloaded_as_markdown(mine: httpx2.AsyncClient, alice: Player) -> None:
    talk = await furnished(alice)
    answer = await mine.get(f"/c/{talk}/export?as=markdown")
    assert answer.headers["content-disposition"].startswith('attachment; filename="Which soup_.md"')
    assert answer.text.startswith("# Which soup?\n")
    assert "Borscht." in answer.text
    assert "Ramen." not in answer.text


async def test_the_whole_tree_is_downloaded_as_json_and_comes_back(
    mine: httpx2.AsyncClient, alice: Player, bob: Player, tmp_path: Path
) -> None:
    talk = await furnished(alice)
    document = (await mine.get(f"/c/{talk}/export?as=json")).content
    await brought(bob, file(tmp_path, document))
    assert json.loads(document)["format"] == "commonplace/1"
    assert [row["content"] for row in await rows("messages", bob)] == [
        row["content"] for row in await rows("messages", alice) if row["conversation_id"] == talk
    ]


@pytest.mark.parametrize("form", ["markdown", "json"])
async def test_what_is_long_is_downloaded_from_its_beginning_to_its_end(
    form: str, mine: httpx2.AsyncClient, alice: Player, tmp_path: Path
) -> None:
    await brought(alice, file(tmp_path, many(1, 1_000)))
    (talk,) = await rows("conversations", alice)
    text = (await mine.get(f"/c/{talk['id']}/export?as={form}")).text
    places = [text.index(f"Message {number}.") for number in range(1_000)]
    assert places == sorted(places)
    assert text.count("Message ") == 1_000


async def test_nobody_downloads_what_others_said(mine: httpx2.AsyncClient, charlie: Player) -> None:
    talk: UUID = await furnished(charlie)
    assert (await mine.get(f"/c/{talk}/export?as=json")).status_code == 404
