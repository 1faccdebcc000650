"""A28: only who knows the secret is heard, and only just now."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import httpx2
import pytest

from app.core import settings as settings_module
from app.core.clock import now
from app.core.settings import Settings
from app.database.engine import db
from tests.webhooks.clerk_events import OLD_SECRET, SECRET, URL, Told, headers

TOLD = Told("user.created", 1, "msg_1")
BODY = TOLD.body()
GOOD = "good"


async def _people() -> int:
    return int(await db.fetch_value("select count(*) from users"))


async def test_a28_a_signed_delivery_is_applied_without_session_and_without_proof_of_form(
    client: httpx2.AsyncClient, secret: str
) -> None:
    answer = await client.post(URL, content=BODY, headers=headers("msg_1", BODY))
    assert (answer.status_code, answer.json()) == (200, {"outcome": "APPLIED"})
    assert await _people() == 1


async def test_a28_the_newer_names_of_the_headers_are_taken_too(client: httpx2.AsyncClient, secret: str) -> None:
    given = {name.replace("svix-", "webhook-"): value for name, value in headers("msg_1", BODY).items()}
    assert (await client.post(URL, content=BODY, headers=given)).status_code == 200


FORGERIES: dict[str, Callable[[dict[str, str]], dict[str, str]]] = {
    "no headers": lambda _: {},
    "no id": lambda good: {**good, "svix-id": ""},
    "no time": lambda good: {**good, "svix-timestamp": ""},
    "no signature": lambda good: {**good, "svix-signature": ""},
    "another id": lambda good: {**good, "svix-id": "msg_2"},
    "another time": lambda good: {**good, "svix-timestamp": str(int(good["svix-timestamp"]) + 1)},
    "time as a fraction": lambda good: {**good, "svix-timestamp": good["svix-timestamp"] + ".5"},
    "time that is none": lambda good: {**good, "svix-timestamp": "soon"},
    "time beyond all": lambda good: {**good, "svix-timestamp": "9" * 11},
    "time with a sign": lambda good: {**good, "svix-timestamp": "+" + good["svix-timestamp"]},
    "another secret": lambda _: headers("msg_1", BODY, secret=OLD_SECRET),
    "another version": lambda good: {**good, "svix-signature": good["svix-signature"].replace("v1,", "v2,")},
    "no version": lambda good: {**good, "svix-signature": good["svix-signature"].removeprefix("v1,")},
    "a cut signature": lambda good: {**good, "svix-signature": good["svix-signature"][:-4]},
    "a signature of commas": lambda good: {**good, "svix-signature": "v1,a,b v1 ,"},
    "a signature behind too many": lambda good: {**good, "svix-signature": "v1,x " * 20 + good["svix-signature"]},
    "too old": lambda _: headers("msg_1", BODY, sent_at=now() - timedelta(minutes=5, seconds=5)),
    "of the future": lambda _: headers("msg_1", BODY, sent_at=now() + timedelta(minutes=5, seconds=5)),
}


@pytest.mark.parametrize("forgery", FORGERIES)
async def test_a28_a_forged_delivery_is_refused_and_changes_nothing(
    client: httpx2.AsyncClient, secret: str, forgery: str
) -> None:
    forged = FORGERIES[forgery](headers("msg_1", BODY))
    answer = await client.post(URL, content=BODY, headers=forged)
    assert (answer.status_code, answer.json()["code"]) == (400, "BAD_SIGNATURE")
    assert await _people() == 0


async def test_a28_an_altered_body_is_refused(client: httpx2.AsyncClient, secret: str) -> None:
    altered = BODY.replace(b"ada@", b"eve@")
    answer = await client.post(URL, content=altered, headers=headers("msg_1", BODY))
    assert answer.status_code == 400
    assert await _people() == 0


async def test_a28_the_body_counts_as_it_came_and_not_as_it_reads(client: httpx2.AsyncClient, secret: str) -> None:
    answer = await client.post(URL, content=BODY.replace(b'","', b'", "'), headers=headers("msg_1", BODY))
    assert answer.status_code == 400


async def test_a28_a_delivery_just_inside_the_tolerance_is_taken(client: httpx2.AsyncClient, secret: str) -> None:
    for number, minutes in enumerate((-4.9, 4.9)):
        given = headers(f"msg_{number}", BODY, sent_at=now() + timedelta(minutes=minutes))
        assert (await client.post(URL, content=BODY, headers=given)).status_code == 200


async def test_a28_while_secrets_rotate_each_of_them_signs(
    client: httpx2.AsyncClient, database: object, settings: Settings
) -> None:
    settings_module.adopt(replace(settings, clerk_webhook_secret=f"{SECRET} {OLD_SECRET}"))
    for number, secret in enumerate((SECRET, OLD_SECRET)):
        given = headers(f"msg_{number}", BODY, secret=secret)
        assert (await client.post(URL, content=BODY, headers=given)).status_code == 200


async def test_a28_of_two_signatures_one_that_holds_is_enough(client: httpx2.AsyncClient, secret: str) -> None:
    good, bad = headers("msg_1", BODY), headers("msg_1", BODY, secret=OLD_SECRET)
    both = {**good, "svix-signature": f"{bad['svix-signature']} {good['svix-signature']}"}
    assert (await client.post(URL, content=BODY, headers=both)).status_code == 200


@pytest.mark.parametrize("unset", ["", "   ", "whsec_", "whsec_%%%"])
async def test_a28_without_a_readable_secret_nothing_is_accepted(
    client: httpx2.AsyncClient, database: object, settings: Settings, unset: str
) -> None:
    settings_module.adopt(replace(settings, clerk_webhook_secret=unset))
    answer = await client.post(URL, content=BODY, headers=headers("msg_1", BODY))
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "3600")
    assert await _people() == 0


async def test_a28_too_much_is_refused_before_it_is_read(client: httpx2.AsyncClient, secret: str) -> None:
    body = b'{"type": "' + b"x" * 256 * 1024 + b'"}'
    assert (await client.post(URL, content=body, headers=headers("msg_1", body))).status_code == 413


async def test_a28_only_posts_are_heard(client: httpx2.AsyncClient, secret: str) -> None:
    assert {(await client.request(method, URL)).status_code for method in ("GET", "PUT", "PATCH", "DELETE")} == {405}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{",
        b'{"type": "user.created"}',
        b'{"type": "user.created", "data": {}}',
        b'{"type": "user.created", "data": {"id": ""}}',
        b'{"type": "user.created", "data": {"id": 7}}',
        b'{"type": "user.created", "data": {"id": "u"}, "timestamp": 1e300}',
        b'{"type": "user.created", "data": {"id": "u"}, "timestamp": "soon"}',
        b'{"type": "user.created", "data": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    ],
    ids=range(11),
)
async def test_what_is_signed_but_cannot_be_read_is_refused(
    client: httpx2.AsyncClient, secret: str, body: bytes
) -> None:
    answer = await client.post(URL, content=body, headers=headers("msg_1", body))
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a21_who_forges_often_has_to_wait(client: httpx2.AsyncClient, secret: str) -> None:
    answers = [await client.post(URL, content=BODY, headers={}) for _ in range(62)]
    assert {answer.status_code for answer in answers[:60]} == {400}
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["retry-after"]) > 0


async def test_a21_the_sender_is_heard_even_while_somebody_forges(client: httpx2.AsyncClient, secret: str) -> None:
    for _ in range(62):
        await client.post(URL, content=BODY, headers={})
    assert (await client.post(URL, content=BODY, headers=headers("msg_1", BODY))).status_code == 200
