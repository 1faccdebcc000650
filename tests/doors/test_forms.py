"""A20: a change needs a form of ours. A25: a form changes what it is for, and nothing else."""

from dataclasses import replace
from typing import Any, Final
from uuid import UUID

import asyncpg
import httpx2
import pytest
from litestar.types import ASGIApp
from piccolo import columns
from piccolo.columns import JSONB, BigInt, Boolean, Column, Integer, Timestamptz

from app.asgi import ROOMS
from app.auth.queries.links import add_link
from app.auth.tables import LoginSession
from app.core.secrets import Vault, hashed, new_token
from app.core.settings import Settings, adopt
from app.database.address import Address
from app.database.registry import tables
from app.web.doors import WITH_FILES
from app.web.visit import Visit
from tests import cast
from tests.cast import Player
from tests.doors import trying, walk
from tests.doors.walk import Door

ELSEWHERE: Final = "https://elsewhere.example"
POISON: Final = ("poison", "2001-02-03", "424242")


def _changing(app: ASGIApp) -> list[Door]:
    return [door for door in walk.doors(app) if not door.is_safe and door.path not in walk.WITHOUT_FORMS]


async def _places(app: ASGIApp, player: Player) -> dict[Door, str]:
    return {door: await walk.own(door, player) for door in _changing(app)}


async def test_a20_without_a_proof_of_ours_nothing_changes(
    app: ASGIApp, database: Address, alice: Player, root: Player
) -> None:
    places = await _places(app, root)
    async with trying.browser(app, alice) as other, trying.browser(app, root) as client:
        proof, theirs = client.headers.pop("x-csrf-token"), other.headers["x-csrf-token"]
        before = await trying.everything(database)
        wrong = []
        for door, path in places.items():
            for how, sent in _attempts(proof, theirs).items():
                may_bring = door.path in WITH_FILES or any(room.fits(path, b"multipart/form-data") for room in ROOMS)
                if how == "files" and may_bring:
                    continue  # there the proof is ours, and the form may bring some
                answer = await client.request(door.method, path, **sent)
                if answer.status_code != 403:
                    wrong.append(f"{door} with {how} -> {answer.status_code}")
    print(f"A20: {len(wrong)} of {len(places) * len(_attempts('', ''))} violations")
    assert wrong == []
    assert len(places) > 15
    assert await trying.everything(database) == before


def _attempts(proof: str, theirs: str) -> dict[str, dict[str, Any]]:
    """What another site could send along with the cookies of a browser."""
    good = {"x-csrf-token": proof}
    return {
        "no token": {"data": {"name": "x"}},
        "an empty token": {"data": {"_csrf": ""}},
        "another person's token": {"data": {"_csrf": theirs}},
        "another person's token in a header": {"json": {}, "headers": {"x-csrf-token": theirs}},
        "a foreign origin": {"headers": {**good, "origin": ELSEWHERE}},
        "an origin that is hidden": {"headers": {**good, "origin": "null"}},
        "another port's origin": {"headers": {**good, "origin": "http://127.0.0.1:9999"}},
        "text/plain": {"content": f"_csrf={proof}", "headers": {"content-type": "text/plain"}},
        "files": {"files": {"_csrf": (None, proof)}},
        "files with another person's token": {"files": {"_csrf": (None, theirs)}},
        "the site of another": {"headers": {**good, "sec-fetch-site": "cross-site"}},
        "the site of a neighbour": {"headers": {**good, "sec-fetch-site": "same-site"}},
    }


async def test_a20_a_form_with_a_file_is_proven_where_it_is_read(app: ASGIApp, database: Address, root: Player) -> None:
    async with trying.browser(app, root) as client:
        del client.headers["x-csrf-token"]
        before = await trying.everything(database)
        file = ("chats.json", b"[]")
        wrong: list[dict[str, Any]] = [{}, {"_csrf": (None, "x.y")}, {"_csrf": ("name", b"x.y")}]
        answers = [await client.post(path, files={**each, "file": file}) for path in WITH_FILES for each in wrong]
    assert {answer.status_code for answer in answers} == {403}
    assert await trying.everything(database) == before


async def test_a20_looking_changes_nothing(app: ASGIApp, database: Address, alice: Player, root: Player) -> None:
    doors = [door for door in walk.doors(app) if door.is_safe]
    token = new_token()
    link = {"kind": "EMAIL", "identifier": alice.email, "user_id": alice.id, "next_path": "/"}
    await add_link(hashed(token), link, 15)
    asked = 0
    for who in (alice, root):
        places = [await walk.own(door, who) for door in doors]
        async with trying.browser(app, who) as client:
            before = await trying.everything(database)
            for place in [*places, f"/sign-in/link/{token}"]:
                for method in ("GET", "HEAD", "OPTIONS"):
                    await client.request(method, place)
                    asked += 1
            assert await trying.everything(database) == before
    print(f"A20: 0 of {asked} requests that only look changed anything")


@pytest.mark.parametrize(("address", "secure"), [("http://127.0.0.1:8080", False), ("https://house.example", True)])
def test_a20_cookies_are_kept_from_scripts_and_other_sites(address: str, *, secure: bool, settings: Settings) -> None:
    adopt(replace(settings, public_url=address))
    visit = Visit(Vault([settings.secret[0]]), {})
    visit.set_cookie("session", "value", 9)
    parts = visit.set_cookies[0].split("; ")
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(parts)
    assert ("Secure" in parts) is secure
    assert parts[0].startswith("__Host-session=") is secure
    adopt(settings)


async def test_a25_columns_in_a_form_change_nothing_that_it_is_not_for(
    app: ASGIApp, database: Address, alice: Player, charlie: Player
) -> None:
    doors = _changing(app)
    before = await trying.everything(database, str(alice.id))
    poisoned = {column._meta.name: _poison(column, alice.id) for table in tables() for column in table._meta.columns}  # noqa: SLF001 - Piccolo's way to ask a table about itself
    taken = 0
    for door in doors:
        async with trying.browser(app, charlie) as client:
            answer = await _stuffed(client, door, await walk.own(door, charlie), poisoned)
        assert answer.status_code < 500, f"{door} -> {answer.status_code}"
        taken += answer.is_success or answer.is_redirect
        assert await _poisoned(database) == [], f"{door} took what it should not"
    print(f"A25: 0 of {len(doors)} doors took one of {len(poisoned)} columns; {taken} took the rest of the form")
    assert await trying.everything(database, str(alice.id)) == before
    assert await _role(database, charlie) == "DEVELOPER"
    assert taken > len(walk.FORMS)


async def _stuffed(client: httpx2.AsyncClient, door: Door, path: str, poisoned: dict[str, Any]) -> httpx2.Response:
    body = {**poisoned, **walk.FORMS.get(str(door), {})}
    if door.is_api:
        return await client.request(door.method, path, json=body)
    text = {name: str(value) for name, value in body.items()}
    return await client.request(door.method, path, data=text)


def _poison(column: Column, somebody: UUID) -> Any:
    """A value that the column would take, and that is seen wherever it ends up."""
    if column._meta.name == "role":  # noqa: SLF001 - Piccolo's way to ask a column about itself
        return "ADMIN"
    kinds: list[tuple[type[Column], Any]] = [
        (columns.UUID, str(somebody)),
        (Boolean, True),
        (Timestamptz, "2001-02-03T04:05:06+00:00"),
        (BigInt, 424242),
        (Integer, 424242),
        (JSONB, '{"poison": true}'),
    ]
    return next((value for kind, value in kinds if isinstance(column, kind)), "poison@example.com")


async def _poisoned(address: Address) -> list[str]:
    connection = await asyncpg.connect(host=address.host, user="postgres", database=address.database)
    try:
        found: list[str] = []
        for table in tables():
            name = table._meta.tablename  # noqa: SLF001 - Piccolo's way to ask a table about itself
            rows = await connection.fetch(f'select t::text from "{name}" t where t::text ~ $1', "|".join(POISON))
            found += [f"{name}: {row[0]}" for row in rows]
    finally:
        await connection.close()
    return found


async def _role(address: Address, player: Player) -> str:
    connection = await asyncpg.connect(host=address.host, user="postgres", database=address.database)
    try:
        role: str = await connection.fetchval("select role from users where id = $1", player.id)
    finally:
        await connection.close()
    return role


async def test_a33_signing_out_clears_the_browser(app: ASGIApp, alice: Player) -> None:
    async with trying.browser(app, alice) as client:
        token = await cast.sign_in(client, alice)
        client.headers["x-csrf-token"] = await cast.csrf(client)
        answer = await client.post("/sign-out")
        assert answer.headers["clear-site-data"] == '"cache", "storage"'
        assert "session=;" in answer.headers["set-cookie"]
        client.cookies.set("session", token)
        assert (await client.get("/account")).status_code == 303
    row = await LoginSession.select(LoginSession.revoked_at).where(LoginSession.token_sha256 == hashed(token)).first()
    assert row is None or row["revoked_at"] is not None
