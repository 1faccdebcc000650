"""The API as programs use it, and B13: whatever arrives at whichever door, it is never a failure of ours."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

import httpx2
import pytest
import schemathesis
from hypothesis import HealthCheck, given
from hypothesis import settings as bounded
from litestar.types import ASGIApp
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance

from app.core.settings import Settings, adopt
from app.database.address import Address
from tests.cast import Player
from tests.doors import trying, walk
from tests.starting import Started, starting

EXAMPLES: Final = 40
SIGNING: Final = "whsec_" + "bm90IHZlcnkgc2VjcmV0IGJ1dCBsb25nIGVub3VnaA=="
FORM: Final = "application/x-www-form-urlencoded"
JSON: Final = "application/json"


# What the document says -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def started() -> Iterator[Started]:
    """A server of its own: among the requests is one that signs its owner out everywhere."""
    with starting() as here:
        yield here


@pytest.fixture(scope="module")
def described(started: Started) -> Any:
    return schemathesis.openapi.from_url(f"{started.origin}/schema/openapi.json", headers=bearer(started)).include(
        path_regex="^/(api|v1)/"
    )


def bearer(started: Started) -> dict[str, str]:
    return {"authorization": f"Bearer {started.token}"}


@pytest.mark.parametrize("mode", list(schemathesis.GenerationMode))
def test_b13_no_request_to_the_api_is_a_failure_of_ours(
    mode: schemathesis.GenerationMode, described: Any, started: Started
) -> None:
    operations = [found.ok() for found in described.get_all_operations()]
    tried = sum(_tried(operation, mode, started) for operation in operations)
    print(f"B13: 0 of {tried} requests to {len(operations)} addresses of the API were failures of ours")
    assert tried > len(operations)


def _tried(operation: Any, mode: schemathesis.GenerationMode, started: Started) -> int:
    tried = 0

    @given(case=operation.as_strategy(generation_mode=mode))
    @bounded(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
    def each(case: Any) -> None:
        nonlocal tried
        tried += 1
        _check(case, case.call(headers=bearer(started)))

    each()
    return tried


def _check(case: Any, response: Any) -> None:
    case.validate_response(response, checks=[not_a_server_error])
    if response.status_code >= 400 and case.path.startswith("/v1/"):
        assert set(response.json()) == {"error"}
    elif response.status_code >= 400:
        assert response.headers["content-type"][0].startswith("application/problem+json"), response.text
        assert response.json()["status"] == response.status_code
    else:
        case.validate_response(response, checks=[content_type_conformance, response_schema_conformance])


async def test_the_document_describes_every_address_of_the_api(started: Started, app: ASGIApp) -> None:
    document = httpx2.get(f"{started.origin}/schema/openapi.json", headers=bearer(started)).json()
    told = {(path, method.upper()) for path, methods in document["paths"].items() for method in methods}
    there = {
        (door.path, door.method)
        for door in walk.doors(app)
        if door.path.startswith(("/api/", "/v1/")) and door.path not in walk.WITHOUT_FORMS
    }
    assert there - told == set()
    assert document["openapi"].startswith("3.")


# What nobody would send -----------------------------------------------------------------------------------------------


def _part(disposition: bytes) -> bytes:
    return b'--x\r\nContent-Disposition: form-data; name="f"; ' + disposition + b"\r\n\r\nx\r\n--x--\r\n"


DEEP: Final = 100_000
# Name, bytes, and what they say they are.
BODIES: Final[tuple[tuple[str, bytes, str], ...]] = (
    ("NUL in JSON", b'{"name": "a\\u0000b"}', JSON),
    ("a raw NUL in JSON", b'{"name": "a\x00b"}', JSON),
    ("half a character", b'{"name": "\\ud83d", "theme": "\\udc00"}', JSON),
    ("half a character as a key", b'{"\\ud83d": 1}', JSON),
    ("invalid UTF-8 in JSON", b'{"name": "\xff\xfe"}', JSON),
    ("a deep list", b"[" * DEEP + b"]" * DEEP, JSON),
    ("a deep object", b'{"a":' * DEEP + b"1" + b"}" * DEEP, JSON),
    ("an open list", b"[" * DEEP, JSON),
    ("the same key twice", b'{"name": "a", "name": "b", "scopes": ["read"], "scopes": []}', JSON),
    ("null", b"null", JSON),
    ("a number", b"1e999", JSON),
    ("a long number", b'{"days": ' + b"9" * 5000 + b"}", JSON),
    ("a list for an object", b"[]", JSON),
    ("wrong types", b'{"name": [], "scopes": {}, "days": "x", "theme": 1, "ids": "x", "shortcuts": [1]}', JSON),
    ("not a number", b'{"days": NaN}', JSON),
    ("no JSON", b"{", JSON),
    ("nothing", b"", JSON),
    ("an unknown encoding", b'{"name": "a"}', "application/json; charset=klingon"),
    ("UTF-16", '{"name": "a"}'.encode("utf-16"), JSON),
    ("NUL in a form", b"name=a%00b&address=%00&theme=%00&chosen=%00&open=%00", FORM),
    ("invalid UTF-8 in a form", b"name=%ff%fe&address=%c3", FORM),
    ("half a character in a form", b"name=%ed%a0%bd&next=%ed%a0%bd", FORM),
    ("a broken escape", b"name=%zz&address=%", FORM),
    ("raw bytes in a form", b"name=\xff\xfe", FORM),
    ("200,000 fields", b"&".join(b"f%d=1" % number for number in range(200_000))[: 1024 * 1024], FORM),
    ("200,000 separators", b"&" * 200_000, FORM),
    ("a large body", b"name=" + b"a" * (11 * 1024 * 1024), FORM),
    ("a large name", b"name=" + b"a" * 500_000, FORM),
    ("a mirrored name", "name=\u202egnp.exe&first_name=\uffff\ufdd0&last_name=\u200d\ufeff".encode(), FORM),
    ("10,000 accents", ("name=a" + "\u0301" * 10_000).encode(), FORM),
    ("family", "name=👩‍👩‍👧‍👦&first_name=🏳️‍🌈&purpose=👍🏽".encode(), FORM),
    ("no boundary", b"--x\r\n\r\n--x--", "multipart/form-data"),
    ("a wrong boundary", b"--y\r\nContent-Disposition: form-data\r\n\r\n", "multipart/form-data; boundary=x"),
    ("a file name of bytes", _part(b'filename="\xff\x00\r\n"'), "multipart/form-data; boundary=x"),
    ("no type that there is", b"\x00\x01\x02", "a/b/c; =;;"),
)


BAD_PLACES: Final = ("%00", "%ff", "%ed%a0%bd", "a" * 5000, "%2e%2e", "0", "%F0%9F%91%A9", "'--", "{{7*7}}", "%0d%0aX")
BAD_QUERIES: Final = (
    "after=%00", "after=%ff", "after=" + "a" * 10_000, "size=-1", "size=1e99", "size=" + "9" * 50, "unread=%ed",
    "after=2001-01-01T00:00:00Z~x", "next=%0d%0aX:1", "next=//[", "state=%00&code=%ff", "=&=&&", "a" * 60_000,
    "size=1&size=2", "%", "action=%27&actor=x&before=99999-01-01&role=[]",
)  # fmt: skip
BAD_HEADERS: Final = (
    {"cookie": "session=\xff; ;;=; visitor"},
    {"cookie": "session=" + "a" * 20_000},
    {"cookie": 'said="\\777"; said=a.b; invitation=\x7f'},
    {"accept-language": "de;q=x,,;;*;q=9" + ",a" * 3000},
    {"authorization": "Bearer \xff"},
    {"authorization": "Bearer " + "a" * 20_000},
    {"authorization": "Basic \xff:"},
    {"accept-encoding": "br;q=x, gzip;q=\xff"},
    {"if-none-match": '"\xff"'},
    {"range": "bytes=9-1,-,x"},
    {"origin": "http://[::1", "sec-fetch-site": "same-origin"},
    {"content-type": "\xff"},
    {"user-agent": "\x80" * 9000},
    {"hx-request": "true", "hx-current-url": "http://["},
)


async def test_b13_no_body_is_a_failure_of_ours(
    app: ASGIApp, database: Address, settings: Settings, root: Player
) -> None:
    adopt(replace(settings, clerk_webhook_secret=SIGNING))
    doors = [door for door in walk.doors(app) if not door.is_safe]
    wrong = []
    for door in doors:
        async with trying.browser(app, root) as client:
            for name, body, kind in BODIES:
                answer = await _sent(client, door, content=body, headers={"content-type": kind})
                if answer.status_code >= 500:
                    wrong.append(f"{door} with {name} -> {answer.status_code}")
    print(f"B13: {len(wrong)} of {len(doors) * len(BODIES)} bodies were failures of ours")
    assert wrong == []


async def test_b13_no_head_is_a_failure_of_ours(
    app: ASGIApp, database: Address, settings: Settings, root: Player
) -> None:
    adopt(replace(settings, clerk_webhook_secret=SIGNING))
    doors = [door for door in walk.doors(app) if not door.path.startswith("/health")]
    wrong, tried = [], 0
    for door in doors:
        async with trying.browser(app, root) as client:
            places = [door.at(*[bad] * len(door.parameters)) for bad in BAD_PLACES if door.parameters]
            paths = places + [f"{walk.unknown(door)}?{bad}" for bad in BAD_QUERIES]
            answers = [(path[:80], await _asked(client, door, path)) for path in paths]
            answers += [
                (str(bad)[:80], await _asked(client, door, walk.unknown(door), headers=_raw(bad)))
                for bad in BAD_HEADERS
            ]
        tried += len(answers)
        wrong += [f"{door} with {bad} -> {answer.status_code}" for bad, answer in answers if answer.status_code >= 500]
    print(f"B13: {len(wrong)} of {tried} heads were failures of ours")
    assert wrong == []


def _raw(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]


async def _sent(client: httpx2.AsyncClient, door: walk.Door, **given: Any) -> httpx2.Response:
    return await client.request(door.method, walk.unknown(door), **given)


async def _asked(client: httpx2.AsyncClient, door: walk.Door, path: str, **given: Any) -> httpx2.Response:
    url = client.base_url.copy_with(raw_path=path.encode())
    return await client.request(door.method, url, **given)
