"""What stands around every answer, whoever gives it; and what no answer tells."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, Final

import asyncpg
import httpx2
from litestar.types import ASGIApp

from app.asgi import create_app
from app.core.settings import Settings, adopt
from app.database.address import Address
from app.database.embedded import Cluster
from tests import cast
from tests.cast import Player
from tests.doors import trying, walk

ALWAYS: Final = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "x-frame-options": "DENY",
}
NEEDED: Final = ("default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'")
NEVER: Final = ("unsafe-inline", "unsafe-eval", "strict-dynamic", "unsafe-hashes", "*", "http:", "https:")
# What would tell how we are made, or where.
TELLING: Final = re.compile(
    r"traceback|asyncpg|piccolo|litestar|jinja|uvicorn|\.py\b|site-packages|/home/|/srv/|/usr/|/tmp/|/root"
    r"|select .* from |insert into|relation \"|column \"|postgres|at 0x[0-9a-f]+|the-secret-of-the-tests",
    re.IGNORECASE,
)
HIDDEN: Final = (
    "/.env", "/.git/config", "/docs", "/redoc", "/swagger", "/schema", "/schema/openapi.json", "/schema/swagger",
    "/debug", "/metrics", "/server-status", "/admin", "/api", "/openapi.json", "/static/", "/static/vendor/",
)  # fmt: skip
OUTSIDE: Final = (
    "/static/../app/asgi.py", "/static/..%2fapp/asgi.py", "/static/%2e%2e/%2e%2e/etc/passwd", "/static//etc/passwd",
    "/static/....//....//etc/passwd", "/static/..%5c..%5cetc/passwd", "/static/%252e%252e/etc/passwd",
    "/static/css/app.css%00.html", "/static/%c0%ae%c0%ae/etc/passwd", "/help/..%2f..%2fREADME", "/help/%2e%2e",
    "/help/../errors/error", "/static/file:///etc/passwd",
)  # fmt: skip


async def test_a8_headers_stand_on_every_answer(app: ASGIApp, database: Address, alice: Player) -> None:
    all_ = [(name, answer) for name, answer in await trying.answers(app, alice) if not _is_sheet(answer)]
    wrong = [f"{name}: {problem}" for name, answer in all_ for problem in _problems(answer)]
    statuses = sorted({answer.status_code for _, answer in all_})
    print(f"A8: {len(wrong)} of {len(all_)} violations, statuses {statuses}")
    assert wrong == []
    assert {200, 303, 400, 401, 403, 404, 405} <= set(statuses)


def _is_sheet(answer: httpx2.Response) -> bool:
    """Whether this is the page in a frame, which is shut in by a policy of its own: tests/chat/talk/test_diagram.py."""
    return (answer.status_code, answer.request.url.path) == (200, "/frames/diagram")


def _problems(answer: httpx2.Response) -> list[str]:
    headers = answer.headers
    policy = headers.get("content-security-policy", "")
    scripts = re.findall(r"script-src ([^;]+)", policy)
    found = [f"{name} is {headers.get(name)}" for name, value in ALWAYS.items() if headers.get(name) != value]
    found += [f"the policy lacks {part}" for part in NEEDED if part not in policy]
    found += [f"the policy has {part}" for part in NEVER if part in policy]
    found += [f"scripts may come from {each}" for each in scripts if not re.fullmatch(r"'nonce-[\w-]{22,}'", each)]
    is_page = headers.get("content-type", "").startswith("text/html") and headers.get("hx-request") is None
    if is_page and "require-trusted-types-for 'script'" not in policy and "default-src 'none'" not in policy:
        found.append("no Trusted Types")
    found += [f"it says {name}" for name in ("server", "x-powered-by", "via") if name in headers]
    found += [f"CORS: {name}" for name in headers if name.startswith("access-control-")]
    return found


async def test_a8_a_policy_is_never_used_twice(app: ASGIApp, alice: Player) -> None:
    async with trying.browser(app, alice) as client:
        nonces = [re.findall(r"'nonce-([^']+)'", (await client.get("/account")).headers["content-security-policy"])[0]]
        nonces += [re.findall(r'nonce="([^"]+)"', (await client.get("/account")).text)[0] for _ in range(20)]
    assert len(set(nonces)) == 21


async def test_a8_with_tls_browsers_keep_to_it(
    settings: Settings, cluster: Cluster, database: Address, alice: Player
) -> None:
    try:
        app: Any = create_app(replace(settings, public_url="https://house.example"), cluster.addresses)
        transport = httpx2.ASGITransport(app=app)
        async with httpx2.AsyncClient(transport=transport, base_url="https://house.example") as client:
            found = [await client.get(walk.unknown(door)) for door in walk.doors(app)]
    finally:
        adopt(settings)
    lasting = [re.search(r"max-age=(\d+); includeSubDomains", _tls(answer)) for answer in found]
    assert all(match and int(match[1]) >= 31_536_000 for match in lasting)


def _tls(answer: httpx2.Response) -> str:
    return answer.headers.get("strict-transport-security", "")


async def test_a33_what_is_for_one_person_is_kept_nowhere(app: ASGIApp, root: Player) -> None:
    doors = [door for door in walk.doors(app) if door.is_safe and not door.path.startswith("/health")]
    async with trying.browser(app, root) as client:
        found = [(door, await client.get(await walk.own(door, root))) for door in doors]
    wrong = [str(door) for door, answer in found if answer.headers.get("cache-control") != _kept(door)]
    mixed = [
        str(door) for door, answer in found if _is_page(door, answer) and "HX-Request" not in answer.headers["vary"]
    ]
    print(f"A33: {len(wrong) + len(mixed)} of {len(found)} violations")
    assert (wrong, mixed) == ([], [])


def _kept(door: walk.Door) -> str:
    """Nowhere; a picture in its owner's browser, which asks each time whether it may still be shown."""
    return "private, no-cache" if door.path.startswith("/attachments/") else "no-store"


def _is_page(door: walk.Door, answer: httpx2.Response) -> bool:
    return not door.is_api and answer.headers.get("content-type", "").startswith("text/html")


async def test_a29_nothing_about_the_house_is_told_to_passers_by(app: ASGIApp, database: Address) -> None:
    async with trying.browser(app) as nobody:
        shown = [path for path in HIDDEN if (await nobody.get(path)).is_success]
        refused = [(await nobody.request(method, "/sign-in")).status_code for method in ("TRACE", "TRACK", "CONNECT")]
    print(f"A29: {len(shown)} of {len(HIDDEN)} violations")
    assert shown == []
    assert refused == [405, 405, 405]


async def test_a11_no_address_leads_out_of_its_folder(app: ASGIApp, alice: Player) -> None:
    async with trying.browser(app, alice) as client:
        found = [(path, await _raw(client, path)) for path in OUTSIDE]
    wrong = [path for path, answer in found if answer.status_code not in (400, 404)]
    print(f"A11: {len(wrong)} of {len(found)} violations")
    assert wrong == []


async def _raw(client: httpx2.AsyncClient, path: str) -> httpx2.Response:
    """As it stands: a client would tidy the dots away."""
    url = httpx2.URL(str(client.base_url)).copy_with(raw_path=path.encode())
    return await client.request("GET", url)


async def test_a23_an_answer_tells_nothing_of_how_we_are_made(app: ASGIApp, database: Address, alice: Player) -> None:
    all_ = [(name, answer) for name, answer in await trying.answers(app, alice) if answer.status_code >= 400]
    async with _broken(database, "user_preferences"):
        all_ += await _by_each_door(app, alice, "while a table is gone")
    lost = [answer for _, answer in all_ if answer.status_code == 500]
    wrong = [f"{name}: {found[0]}" for name, answer in all_ if (found := TELLING.search(_said(answer)))]
    print(f"A23: {len(wrong)} of {len(all_)} violations, {len(lost)} of them provoked failures of ours")
    assert wrong == []
    assert TELLING.search('relation "user_preferences" does not exist')
    assert len(lost) > 10
    unnamed = [
        str(each.url) for each in lost if each.headers["x-request-id"] not in each.text and "/v1/" not in str(each.url)
    ]
    assert unnamed == []
    assert all(answer.headers["x-request-id"] for answer in lost)


def _said(answer: httpx2.Response) -> str:
    names = "\n".join(f"{name}: {value}" for name, value in answer.headers.items() if name != "location")
    return f"{names}\n{answer.text}"


async def _by_each_door(app: Any, player: Player, when: str) -> list[tuple[str, httpx2.Response]]:
    transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url=trying.ORIGIN) as client:
        await cast.sign_in(client, player)
        return [(f"{door} {when}", await client.get(walk.unknown(door))) for door in walk.doors(app)]


@asynccontextmanager
async def _broken(address: Address, table: str) -> AsyncIterator[None]:
    """The table has another name meanwhile: a failure that nobody foresaw."""
    await _as_owner(address, f'alter table "{table}" rename to hidden_away')
    try:
        yield
    finally:
        await _as_owner(address, f'alter table hidden_away rename to "{table}"')


async def _as_owner(address: Address, sql: str) -> Any:
    connection = await asyncpg.connect(host=address.host, user="postgres", database=address.database)
    try:
        return await connection.execute(sql)
    finally:
        await connection.close()
