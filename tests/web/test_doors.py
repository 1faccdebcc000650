"""What every request passes before a route sees it: who asks, in which language, and whether a form is ours."""

import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import pytest

from app.core.asker import Asker
from app.core.errors import Unavailable
from app.core.ids import new_id
from app.core.language import language, timezone
from app.core.secrets import Vault
from app.core.settings import Settings, adopt
from app.web.doors import Doors
from app.web.edge import Room
from app.web.readonly import saving
from app.web.visit import Visit
from tests.web import wire
from tests.web.asking import Answer, ask

FORM = ("content-type", "application/x-www-form-urlencoded")
HOST = ("host", "house.example")
ALICE = Asker(new_id(), "Alice", "alice@example.com", "DEVELOPER", language="de", timezone="Europe/Berlin")
BOT = Asker(new_id(), "Bot", "bot@example.com", "DEVELOPER", scopes=frozenset({"read"}))


@pytest.fixture(autouse=True)
def _known(settings: Settings) -> Iterator[None]:
    adopt(settings)
    yield
    adopt(settings)


class Inside:
    """The app behind the doors: it remembers what reached it."""

    def __init__(self, vault: Vault) -> None:
        self.vault = vault
        self.visits: list[Visit] = []
        self.spoken: list[tuple[str, str]] = []
        self.bodies: list[bytes] = []
        self.asked: list[str] = []
        self.doors = Doors(self, vault, self._by_session, self._by_token, [Room("/files", 2**20)])

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.visits.append(Visit.of(scope))
        self.spoken.append((language.get(), timezone.get()))
        self.bodies.append((await receive()).get("body", b""))
        await wire.answer(send, b"inside")

    async def _by_session(self, token: str) -> Asker | None:
        self.asked.append(f"session {token}")
        if token == "broken":
            raise Unavailable
        return ALICE if token == "alices" else None

    async def _by_token(self, token: str) -> Asker | None:
        self.asked.append(f"token {token}")
        return BOT if token == "bots" else None

    async def get(self, path: str = "/", *headers: tuple[str, str], method: str = "GET") -> Answer:
        return await ask(self.doors, path, method=method, headers=[HOST, *headers])

    async def post(self, *headers: tuple[str, str], path: str = "/", **fields: str) -> Answer:
        body = urlencode(fields).encode()
        return await ask(self.doors, path, method="POST", headers=[HOST, FORM, *headers], body=body)

    def proof(self, **cookies: str) -> str:
        return Visit(self.vault, cookies, session=cookies.get("session", "")).csrf_token()


@pytest.fixture
def inside(settings: Settings) -> Inside:
    return Inside(Vault([settings.secret[0]]))


# Who asks -------------------------------------------------------------------------------------------------------------


async def test_a_session_is_recognised_by_its_cookie(inside: Inside) -> None:
    await inside.get("/", ("cookie", "session=alices"))
    assert (inside.visits[0].asker, inside.visits[0].session, inside.visits[0].by_token) == (ALICE, "alices", False)


async def test_a_session_that_is_over_is_nobody(inside: Inside) -> None:
    await inside.get("/", ("cookie", "session=gone"))
    assert (inside.visits[0].asker, inside.visits[0].session) == (None, "")


async def test_a_token_counts_before_a_cookie(inside: Inside) -> None:
    await inside.get("/", ("cookie", "session=alices"), ("authorization", "bearer  bots "))
    assert (inside.visits[0].asker, inside.visits[0].session) == (BOT, "")
    assert inside.asked == ["token bots"]


async def test_a_token_that_is_wrong_is_never_saved_by_a_cookie(inside: Inside) -> None:
    answer = await inside.get("/", ("cookie", "session=alices"), ("authorization", "Bearer nobodys"))
    assert (answer.status, inside.visits) == (401, [])
    assert answer.headers["www-authenticate"] == "Bearer"
    assert json.loads(answer.body)["code"] == "SIGN_IN_NEEDED"


async def test_two_tokens_are_none(inside: Inside) -> None:
    answer = await inside.get("/", ("authorization", "Bearer bots"), ("authorization", "Bearer bots"))
    assert answer.status == 401


async def test_what_a_proxy_asks_for_itself_is_no_token(inside: Inside) -> None:
    await inside.get("/", ("cookie", "session=alices"), ("authorization", "Basic eDp5"))
    assert inside.visits[0].asker == ALICE


@pytest.mark.parametrize(
    "cookie",
    [
        'other={"theme": ["dark", 1]}; session=alices',
        "session=alices; @bad;=;;x",
        "\xe9=1; session=alices",
        "a b=c; path=/; session=alices",
        "session=old; session=alices",
        " session = alices ;",
    ],
)
async def test_cookies_of_other_programs_do_not_hide_ours(cookie: str, inside: Inside) -> None:
    await inside.get("/", ("cookie", cookie))
    assert inside.visits[0].asker == ALICE


async def test_cookies_in_several_headers_are_one_list(inside: Inside) -> None:
    await inside.get("/", ("cookie", "session=alices"), ("cookie", "other=1"))
    assert inside.visits[0].asker == ALICE


async def test_health_is_told_without_asking_who(inside: Inside) -> None:
    answer = await inside.get("/health/ready", ("cookie", "session=broken"))
    assert (answer.status, inside.asked) == (200, [])


async def test_what_fails_at_the_doors_is_explained_there(inside: Inside) -> None:
    answer = await inside.get("/", ("cookie", "session=broken"))
    assert (answer.status, answer.headers["retry-after"], inside.visits) == (503, "5", [])
    assert b"Back in a moment" in answer.body


async def test_a_fault_at_the_doors_is_logged_once(
    inside: Inside, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fault(_token: str) -> Asker | None:
        raise ZeroDivisionError

    monkeypatch.setattr(inside.doors, "by_session", fault)
    answer = await inside.get("/", ("cookie", "session=alices"))
    assert answer.status == 500
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR] == [
        "Unexpected ZeroDivisionError"
    ]


async def test_while_nothing_is_saved_nobody_is_even_asked_who_they_are(
    inside: Inside, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(saving, "rests", True)
    assert (await inside.post(("cookie", "session=alices"))).status == 503
    assert inside.asked == []
    assert (await inside.get("/", ("cookie", "session=alices"))).status == 200
    assert inside.visits[0].read_only


# Language and place ---------------------------------------------------------------------------------------------------


async def test_a_person_is_answered_as_they_chose(inside: Inside) -> None:
    await inside.get("/", ("cookie", "session=alices"), ("accept-language", "en"))
    assert inside.spoken == [("de", "Europe/Berlin")]


async def test_nothing_of_one_request_is_left_for_the_next(inside: Inside) -> None:
    await inside.get("/", ("cookie", "session=alices"))
    await inside.get()
    await inside.get("/", ("accept-language", "de"))
    await inside.get("/health/live")
    assert inside.spoken[1:] == [("en", "UTC"), ("de", "UTC"), ("en", "UTC")]


async def test_a_language_of_the_browser_that_we_do_not_speak_is_passed_over(inside: Inside) -> None:
    await inside.get("/", ("accept-language", "fr-FR, de-AT;q=0.8, en;q=0.5"))
    assert inside.spoken == [("de", "UTC")]


# Forms ----------------------------------------------------------------------------------------------------------------


async def test_a_form_of_ours_comes_in_and_is_read_twice(inside: Inside) -> None:
    proof = inside.proof(session="alices")
    answer = await inside.post(("cookie", "session=alices"), _csrf=proof, name="Ada & é")
    assert answer.status == 200
    assert inside.visits[0].form == {"_csrf": [proof], "name": ["Ada & é"]}
    assert inside.bodies == [urlencode({"_csrf": proof, "name": "Ada & é"}).encode()]


async def test_a_form_may_arrive_in_pieces_and_as_plain_text(inside: Inside) -> None:
    whole = b"name=\xc3\xa9&_csrf=" + inside.proof(session="alices").encode()
    pieces = [whole[:6], b"", whole[6:]]
    status = await _in_pieces(inside, pieces, is_whole=True)
    assert (status, inside.visits[0].form["name"], inside.bodies) == (200, ["é"], [whole])


async def test_a_form_that_broke_off_is_none(inside: Inside) -> None:
    pieces = [b"_csrf=" + inside.proof(session="alices").encode() + b"&name=Ad"]
    assert await _in_pieces(inside, pieces, is_whole=False) == 400
    assert inside.visits == []


async def _in_pieces(inside: Inside, pieces: list[bytes], *, is_whole: bool) -> int:
    """The status of a form that came so; one that breaks off is followed by nobody."""
    messages: list[Any] = [{"type": "http.request", "body": each, "more_body": True} for each in pieces]
    messages.append({"type": "http.request"} if is_whole else {"type": "http.disconnect"})
    sent: list[Any] = []
    pairs = [HOST, ("content-type", "Application/X-WWW-Form-URLencoded; charset=UTF-8"), ("cookie", "session=alices")]
    headers = [(name.encode(), value.encode()) for name, value in pairs]
    scope = {"type": "http", "method": "POST", "path": "/", "query_string": b"", "headers": headers, "state": {}}

    async def receive() -> Any:
        return messages.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    await inside.doors(scope, receive, send)
    return int(sent[0]["status"])


@pytest.mark.parametrize("body", ["name=%ff", "&".join(f"f{number}=1" for number in range(1001))])
async def test_what_is_no_form_is_told_so(body: str, inside: Inside) -> None:
    answer = await ask(inside.doors, "/", method="POST", headers=[HOST, FORM], body=body.encode())
    assert answer.status == 400
    assert b"not a form that can be read" in answer.body


async def test_files_bring_their_proof_in_the_form_or_in_a_header(inside: Inside) -> None:
    proof = inside.proof(session="alices")
    kind = ("content-type", "multipart/form-data; boundary=x")
    statuses = []
    for within, more in (("", []), (proof, []), ("", [("x-csrf-token", proof)])):
        body = f'--x\r\nContent-Disposition: form-data; name="_csrf"\r\n\r\n{within}\r\n--x--\r\n'.encode()
        headers = [HOST, kind, ("cookie", "session=alices"), *more]
        statuses.append((await ask(inside.doors, "/files", method="POST", headers=headers, body=body)).status)
    assert statuses == [403, 200, 200]
    assert inside.bodies == [b"", b""]  # it was read, and is not there twice


async def test_files_are_not_read_where_nobody_expects_any(inside: Inside) -> None:
    proof = inside.proof(session="alices")
    kind = ("content-type", "multipart/form-data; boundary=x")
    body = f'--x\r\nContent-Disposition: form-data; name="_csrf"\r\n\r\n{proof}\r\n--x--\r\n'.encode()
    answer = await ask(inside.doors, "/", method="POST", headers=[HOST, kind, ("cookie", "session=alices")], body=body)
    assert (answer.status, inside.bodies) == (403, [])


SAME = ("sec-fetch-site", "same-origin")


@pytest.mark.parametrize(
    ("headers", "is_ours"),
    [
        ([], True),
        ([SAME], True),
        ([("sec-fetch-site", "none")], True),
        ([("origin", "https://house.example")], True),
        ([("origin", "https://HOUSE.example"), SAME], True),
        ([("origin", "https://house.example:8443")], False),
        ([("origin", "https://evil.example")], False),
        ([("origin", "https://evil.example"), SAME], False),
        ([("origin", "https://house.example.evil.example")], False),
        ([("origin", "https://evil.example/house.example")], False),
        ([("origin", "null")], False),
        ([("origin", "")], False),
        ([("origin", "http://[::1")], False),
        ([("origin", "https://house.example"), ("origin", "https://evil.example")], False),
        ([("origin", "https://evil.example"), ("origin", "https://house.example")], False),
        ([("origin", "https://house.example"), ("sec-fetch-site", "cross-site")], False),
        ([("sec-fetch-site", "same-site")], False),
        ([("sec-fetch-site", "cross-site"), SAME], False),
        ([("sec-fetch-site", "")], False),
    ],
)
async def test_a20_a_form_comes_from_a_page_of_ours(
    headers: list[tuple[str, str]], inside: Inside, *, is_ours: bool
) -> None:
    proof = inside.proof(session="alices")
    answer = await inside.post(("cookie", "session=alices"), *headers, _csrf=proof)
    assert answer.status == (200 if is_ours else 403)


@pytest.mark.parametrize(
    ("host", "origin", "is_ours"),
    [
        ("house.example:443", "https://house.example", True),
        ("house.example:80", "http://house.example", True),
        ("house.example:80", "https://house.example", False),
        ("127.0.0.1:8080", "https://chat.example", True),  # as the public address has it
        ("127.0.0.1:8080", "https://chat.example.evil", False),
    ],
)
async def test_a20_a_proxy_may_ask_by_a_name_of_its_own(
    host: str, origin: str, inside: Inside, settings: Settings, *, is_ours: bool
) -> None:
    adopt(replace(settings, public_url="https://chat.example/"))
    cookie = ("cookie", "__Host-session=alices")
    headers = [("host", host), ("origin", origin), cookie, ("x-csrf-token", inside.proof(session="alices"))]
    answer = await ask(inside.doors, "/", method="POST", headers=headers)
    assert answer.status == (200 if is_ours else 403)


async def test_a20_the_origin_is_looked_at_before_the_body(inside: Inside) -> None:
    answer = await inside.post(("origin", "https://evil.example"), ("accept", "application/json"), name="%ff")
    assert json.loads(answer.body)["code"] == "CROSS_SITE"


async def test_a_program_with_a_token_needs_no_proof(inside: Inside) -> None:
    assert (await inside.post(("authorization", "Bearer bots"))).status == 200


async def test_a_webhook_needs_no_proof_and_its_body_stays_untouched(inside: Inside) -> None:
    answer = await ask(inside.doors, "/api/webhooks/clerk", method="POST", headers=[HOST, FORM], body=b"%ff")
    assert (answer.status, inside.bodies) == (200, [b"%ff"])


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "POST"])
async def test_every_way_to_change_something_needs_a_proof(method: str, inside: Inside) -> None:
    assert (await inside.get("/", ("cookie", "session=alices"), method=method)).status == 403


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
async def test_looking_needs_none(method: str, inside: Inside) -> None:
    answer = await inside.get("/", ("origin", "https://evil.example"), method=method)
    assert answer.status == 200


async def test_nobody_gets_a_cookie_for_looking(inside: Inside) -> None:
    assert "set-cookie" not in (await inside.get()).headers


async def test_what_does_not_say_so_is_kept_nowhere(inside: Inside) -> None:
    assert (await inside.get()).headers["cache-control"] == "no-store"
