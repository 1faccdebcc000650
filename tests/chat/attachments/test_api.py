"""Files by a program: sent, looked at, let go of, and refused."""

from typing import Any

import pytest

from app.chat.attachments import service
from app.core.ids import new_id
from app.database.engine import db
from tests.chat.api.asking import Program
from tests.chat.attachments import samples
from tests.chat.attachments.attaching import attach

PATH = "/attachments/"


async def test_a_file_is_taken_in_and_told_of(program: Program) -> None:
    made = await program.ask("POST", "/attachments", 201, files={"file": ("bees.png", samples.png(30, 20))})
    assert made == await program.ask("GET", f"/attachments/{made['id']}")
    wanted = {"name": "bees.png", "kind": "IMAGE", "media_type": "image/png", "width": 30, "height": 20}
    assert {name: made[name] for name in wanted} == wanted
    assert (made["message_id"], made["href"]) == (None, f"/attachments/{made['id']}")


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("bees.png", samples.png(), "image/png"),
        ("claims.svg", b"<svg onload=alert(1)></svg>", "text/plain; charset=utf-8"),
        ("claims.html", b"<script>alert(1)</script>", "text/plain; charset=utf-8"),
        ("claims.png", b"<script>alert(1)</script>", "text/plain; charset=utf-8"),
        ("bees.pdf", samples.pdf("Bees."), "application/pdf"),
    ],
)
async def test_a30_bytes_come_back_as_what_they_are_and_powerless(
    program: Program, name: str, data: bytes, kind: str
) -> None:
    answer = await program.client.get(PATH + await attach(program, name, data))
    assert (answer.content, answer.headers["content-type"]) == (data, kind)
    assert answer.headers["content-security-policy"].startswith("sandbox; default-src 'none'")
    assert answer.headers["x-content-type-options"] == "nosniff"
    is_kept = answer.headers["content-disposition"].startswith("attachment;")
    assert is_kept is (kind == "application/pdf")


async def test_a_browser_that_has_it_is_not_sent_it_again(program: Program) -> None:
    path = PATH + await attach(program)
    first = await program.client.get(path)
    again = await program.client.get(path, headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert first.headers["cache-control"] == again.headers["cache-control"] == "private, no-cache"


async def test_a1_a_stranger_sees_nothing_of_it(program: Program, stranger: Program) -> None:
    made = await attach(program)
    asked = [("GET", PATH), ("GET", f"/api{PATH}"), ("DELETE", f"/api{PATH}")]
    theirs = [await stranger.client.request(method, f"{path}{made}") for method, path in asked]
    nobodys = [await stranger.client.request(method, f"{path}{new_id()}") for method, path in asked]
    print(f"A1: {sum(answer.status_code != 404 for answer in theirs)} of {len(asked)} ways lead to another's file")
    assert [answer.status_code for answer in theirs] == [answer.status_code for answer in nobodys] == [404] * 3


async def test_what_was_not_sent_can_be_let_go_of_with_its_bytes(program: Program) -> None:
    made = await attach(program)
    await program.ask("DELETE", f"/attachments/{made}", 204)
    assert (await program.client.get(PATH + made)).status_code == 404
    assert await db.fetch_value("select count(*) from attached_files") == 0


async def test_the_same_bytes_are_kept_once_and_for_as_long_as_they_hang_somewhere(program: Program) -> None:
    one, two = await attach(program, "one.txt"), await attach(program, "two.txt")
    assert await db.fetch_value("select count(*) from attached_files") == 1
    await program.ask("DELETE", f"/attachments/{one}", 204)
    assert (await program.client.get(PATH + two)).text == "They sleep."


async def test_what_was_sent_goes_with_its_message_alone(program: Program) -> None:
    made = await attach(program)
    await program.begin(attachments=[made])
    answer = await program.client.delete(f"/api{PATH}{made}")
    assert (answer.status_code, answer.json()["code"]) == (409, "CONFLICT")
    assert (await program.client.get(PATH + made)).text == "They sleep."


REFUSED: dict[str, tuple[dict[str, Any], int]] = {
    "no file": ({"data": {"file": "x"}, "files": {}}, 400),
    "two files": ({"files": [("file", ("a.txt", b"a")), ("file", ("b.txt", b"b"))]}, 400),
    "an empty file": ({"files": {"file": ("a.txt", b"")}}, 400),
    "a program": ({"files": {"file": ("a.png", b"\x7fELF\x00")}}, 400),
    "more than ten megabytes": ({"files": {"file": ("a.txt", b"a" * 10_000_001)}}, 413),
    "more than the door lets in": ({"files": {"file": ("a.txt", b"a" * 14_000_000)}}, 413),
    "JSON": ({"json": {"file": "a"}}, 400),
    "half a form": (
        {"content": b"--x\r\nContent-", "headers": {"content-type": "multipart/form-data; boundary=x"}},
        400,
    ),
    "a form without a boundary": ({"content": b"x", "headers": {"content-type": "multipart/form-data"}}, 400),
    "very many parts": ({"files": [("file", ("a.txt", b"a"))] * 200}, 400),
    "a field with NUL": ({"data": {"note": "a\x00b"}, "files": {"file": ("a.txt", b"a")}}, 400),
}


@pytest.mark.parametrize("what", REFUSED)
async def test_a30_what_cannot_be_taken_is_a_problem_and_leaves_nothing(program: Program, what: str) -> None:
    sent, status = REFUSED[what]
    answer = await program.client.post("/api/attachments", **sent)
    assert answer.status_code == status, answer.text
    assert await db.fetch_value("select count(*) from attachments") == 0


async def test_a_name_of_a_megabyte_is_taken_and_cut(program: Program) -> None:
    made = await program.ask("POST", "/attachments", 201, files={"file": ("x" * 1_000_000 + ".txt", b"a")})
    assert len(made["name"]) == service.LONGEST_NAME


async def test_no_more_than_fifty_wait_at_once(program: Program) -> None:
    for number in range(service.MOST_UNSENT):
        await service.add(program.player.id, "a.txt", b"%d" % number)
    assert await program.refused("POST", "/attachments", files={"file": ("a.txt", b"a")}) == "TOO_MANY_REQUESTS"


async def test_a_token_that_only_reads_sends_none(program: Program) -> None:
    made = await program.ask("POST", "/tokens", 201, json={"name": "t", "scopes": ["read"], "days": 9})
    bearer = {"authorization": f"Bearer {made['token']}"}
    program.client.cookies.clear()
    sent = await program.client.post("/api/attachments", files={"file": ("a.txt", b"a")}, headers=bearer)
    assert (sent.status_code, sent.json()["code"]) == (403, "SCOPE_MISSING")


async def test_a_token_that_writes_does(program: Program) -> None:
    made = await program.ask("POST", "/tokens", 201, json={"name": "t", "scopes": ["read", "write"], "days": 9})
    program.client.cookies.clear()
    bearer = {"authorization": f"Bearer {made['token']}"}
    sent = await program.client.post("/api/attachments", files={"file": ("a.txt", b"a")}, headers=bearer)
    assert sent.status_code == 201


async def test_the_description_shows_the_form(program: Program) -> None:
    found = (await program.client.get("/schema/openapi.json")).json()["paths"]["/api/attachments"]["post"]
    assert found["requestBody"]["content"]["multipart/form-data"]["schema"]["required"] == ["file"]
