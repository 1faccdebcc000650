"""Browsers that try the doors, and what must not have changed afterwards."""

import hashlib
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import asyncpg
import httpx2

from app.auth import people
from app.database.address import Address
from app.database.registry import tables
from app.web.assets import asset
from app.web.doors import Doors
from app.web.visit import Visit
from tests import cast
from tests.doors import walk
from tests.doors.walk import Door, within

ORIGIN = "http://127.0.0.1:8080"
# Differs each time, and says nothing.
CHANGING = re.compile(
    r'(nonce="|name="_csrf" value="|"x-csrf-token": "|"request_id":\s*"|<code>)[^"<]*'
    r'|[0-9a-f]{8}-[0-9a-f-]{27}|next=[^" ]*'
)
# Beside what is registered: what the edge, the static files and the errors answer.
ELSEWHERE: Final = ("/nowhere", "/static/nowhere.css", "/favicon.ico", "/%00", "/%ff", "/%zz", "/account%2f..")
COUNTERS = ("rate_counts",)  # how often somebody knocked is what knocking changes


@asynccontextmanager
async def browser(app: Any, player: cast.Player | None = None) -> AsyncIterator[httpx2.AsyncClient]:
    """A browser, signed in where somebody is named, that can fill in forms."""
    transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url=ORIGIN) as client:
        if player is not None:
            await cast.sign_in(client, player)
            client.headers["x-csrf-token"] = await cast.csrf(client)
        else:
            client.headers["x-csrf-token"] = proof(app, client)
        yield client


@asynccontextmanager
async def closed_browser(app: Any, player: cast.Player) -> AsyncIterator[httpx2.AsyncClient]:
    """The browser of somebody whose account was closed while they were signed in."""
    async with browser(app, player) as client:
        await people.deactivate(None, player.id)
        client.headers["x-csrf-token"] = proof(app, client)
        yield client


def proof(app: Any, client: httpx2.AsyncClient) -> str:
    """The proof in the forms of a browser that nobody is signed in with: some pages for such have no form."""
    client.cookies.set("visitor", "v" * 43)
    return Visit(within(app, Doors).vault, {"visitor": "v" * 43}).csrf_token()


async def knock(client: httpx2.AsyncClient, door: Door, path: str, **sent: Any) -> httpx2.Response:
    """Use a door as its own page or program would: a form in the browser, JSON for the API."""
    if not door.is_safe and not sent:
        sent = {"json": {}} if door.is_api else {"data": {}}
    return await client.request(door.method, path, **sent)


def told(answer: httpx2.Response) -> tuple[int, str, str]:
    """What an answer gives away, without what differs each time."""
    return answer.status_code, CHANGING.sub("", answer.headers.get("location", "")), CHANGING.sub("", answer.text)


async def everything(address: Address, holding: str = "", *, but: tuple[str, ...] = COUNTERS) -> str:
    """A hash of every row that there is, or of those that hold this text."""
    digest = hashlib.sha256()
    connection = await asyncpg.connect(host=address.host, user="postgres", database=address.database)
    try:
        for table in tables():
            name = table._meta.tablename  # noqa: SLF001 - Piccolo's way to ask a table about itself
            if name not in but:
                sql = f'select t::text from "{name}" t where t::text like $1 order by 1'
                rows = await connection.fetch(sql, f"%{holding}%")
                digest.update(repr((name, [row[0] for row in rows])).encode())
    finally:
        await connection.close()
    return digest.hexdigest()


async def answers(app: Any, player: cast.Player) -> list[tuple[str, httpx2.Response]]:
    """Everything that can be had by asking once: as nobody, signed in, by swap, with a wrong method and a wrong id."""
    found = []
    async with browser(app) as nobody, browser(app, player) as client:
        for door in walk.doors(app):
            path, own = walk.unknown(door), await walk.own(door, player)
            found += [
                (f"{door} as nobody", await knock(nobody, door, path)),
                (f"{door} not there", await knock(client, door, path)),
                (f"{door} by a wrong method", await client.put(path)),
                (f"{door} without a proof", await client.request(door.method, path, headers={"x-csrf-token": ""})),
                (f"{door} with a broken body", await client.request(door.method, path, content=b"{\xff")),
            ]
            if door.path != "/sign-out":  # not yet
                found.append((f"{door} with one's own", await knock(client, door, own)))
        for path in (*ELSEWHERE, *_static()):
            found += [(path, await client.get(path)), (f"{path} as nobody", await nobody.get(path))]
    return found


def _static() -> list[str]:
    return [asset(name) for name in ("css/app.css", "js/app.js", "img/mark.svg")]
