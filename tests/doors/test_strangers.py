"""A1: what belongs to somebody is not there for anybody else, at no address, with no method."""

from typing import Any

import httpx2
from litestar.types import ASGIApp

from app.core.ids import new_id
from app.database.address import Address
from tests.cast import Player
from tests.doors import trying, walk
from tests.doors.walk import Door

# Ids that stand in a form or in JSON: address -> what a stranger sends, `*` being the id.
IN_BODIES: dict[str, tuple[str, list[dict[str, Any]]]] = {
    "POST /notifications": ("note_id", [{"data": {"open": "*"}}, {"data": {"do": "remove", "chosen": "*"}}]),
    "POST /api/notifications/read": ("note_id", [{"json": {"ids": ["*"]}}]),
    "POST /c/acts": (
        "conversation_id",
        [{"data": {"do": do, "chosen": "*"}} for do in ("pin", "archive", "delete", "remove")],
    ),
    "POST /c": ("folder_id", [{"data": {"text": "Hello", "folder": "*", "model": "rag"}}]),
    "POST /api/conversations": ("folder_id", [{"json": {"text": "Hello", "folder_id": "*", "models": ["rag"]}}]),
    "POST /f": ("folder_id", [{"data": {"name": "Mine", "parent": "*"}}]),
    "POST /api/folders": ("folder_id", [{"json": {"name": "Mine", "parent_id": "*"}}]),
}


async def test_a1_every_place_in_an_address_has_an_entry(app: ASGIApp) -> None:
    doors = walk.doors(app)
    known = walk.known_names()
    lost = [str(door) for door in doors if not door.is_admin and not _is_known(door, known)]
    assert lost == [], f"tests/doors/walk.py does not know how to make what stands in the address of {lost}"


def _is_known(door: Door, known: frozenset[str]) -> bool:
    return all(name in known or door.path in known for name in door.parameters)


async def test_a1_what_is_alices_is_not_there_for_anybody_else(
    app: ASGIApp, database: Address, alice: Player, charlie: Player, root: Player
) -> None:
    doors = [door for door in walk.doors(app) if walk.has_owner(door)]
    places = {door: await walk.of(door, alice) for door in doors}
    before = await trying.everything(database, str(alice.id))
    wrong = []
    for who in (charlie, root):
        async with trying.browser(app, who) as client:
            for door, path in places.items():
                answer = trying.told(await trying.knock(client, door, path, **walk.sent(door)))
                missing = trying.told(await trying.knock(client, door, walk.unknown(door), **walk.sent(door)))
                if answer[0] != 404 or answer != missing:
                    wrong.append(f"{who.name}: {door} -> {answer[0]}, unknown {missing[0]}")
    assert len(doors) > 8
    print(f"A1: {len(wrong)} of {2 * len(doors)} violations")
    assert wrong == []
    assert await trying.everything(database, str(alice.id)) == before


async def test_a4_a_message_of_another_conversation_is_not_there_even_for_its_owner(
    app: ASGIApp, database: Address, alice: Player
) -> None:
    doors = [door for door in walk.doors(app) if door.parameters == ("conversation_id", "message_id")]
    (here, _), (_, elsewhere) = [await walk.TOGETHER[doors[0].parameters](alice) for _ in range(2)]
    wrong = []
    async with trying.browser(app, alice) as client:
        before = await trying.everything(database, str(alice.id))
        for door in doors:
            answer = trying.told(await trying.knock(client, door, door.at(here, elsewhere), **walk.sent(door)))
            missing = trying.told(await trying.knock(client, door, door.at(here, str(new_id())), **walk.sent(door)))
            if answer[0] != 404 or answer != missing:
                wrong.append(f"{door} -> {answer[0]}, unknown {missing[0]}")
    print(f"A4: {len(wrong)} of {len(doors)} violations")
    assert len(doors) > 15
    assert wrong == []
    assert await trying.everything(database, str(alice.id)) == before


async def test_a1_without_an_account_nothing_opens_but_the_open_doors(
    app: ASGIApp, database: Address, alice: Player, charlie: Player
) -> None:
    doors = [door for door in walk.doors(app) if not door.is_open]
    places = {door: await walk.own(door, alice) for door in doors}
    async with trying.browser(app) as nobody, trying.closed_browser(app, charlie) as closed:
        before = await trying.everything(database, but=("rate_counts", "login_sessions"))
        wrong = []
        for client in (nobody, closed):
            for door, path in places.items():
                answer = await trying.knock(client, door, path)
                if not _is_turned_away(door, answer):
                    wrong.append(f"{door} -> {answer.status_code}; if anybody may enter, say so in walk.OPEN")
    print(f"A1: {len(wrong)} of {2 * len(doors)} violations by people without an account")
    assert wrong == []
    assert await trying.everything(database, but=("rate_counts", "login_sessions")) == before


def _is_turned_away(door: Door, answer: httpx2.Response) -> bool:
    if door.is_api:
        return answer.status_code == 401
    return answer.status_code == 303 and answer.headers["location"].startswith("/sign-in")


async def test_a1_the_rooms_of_administrators_are_not_there_for_others(
    app: ASGIApp, database: Address, charlie: Player
) -> None:
    doors = [door for door in walk.doors(app) if door.is_admin]
    async with trying.browser(app, charlie) as client:
        nowhere = trying.told(await client.get("/nowhere"))
        before = await trying.everything(database)
        answers = {door: trying.told(await trying.knock(client, door, walk.unknown(door))) for door in doors}
    page = {str(door): answer[0] for door, answer in answers.items() if answer[0] != 404}
    body = [str(door) for door, answer in answers.items() if not door.is_api and answer != nowhere]
    print(f"A1: {len(page) + len(body)} of {len(doors)} violations at the administrators' doors")
    assert (page, body) == ({}, [])
    assert await trying.everything(database) == before


async def test_a1_whatever_is_called_admin_asks_for_an_administrator(app: ASGIApp) -> None:
    named = [door for door in walk.doors(app) if door.path.startswith(("/admin", "/api/admin"))]
    assert [str(door) for door in named if not door.is_admin] == []


async def test_a1_an_id_in_a_body_reaches_nothing_of_alices(
    app: ASGIApp, database: Address, alice: Player, charlie: Player
) -> None:
    doors = {str(door): door for door in walk.doors(app)}
    tried = 0
    async with trying.browser(app, charlie) as client:
        for name, (place, bodies) in IN_BODIES.items():
            theirs = await walk.OWNED[place](alice)
            before = await trying.everything(database, str(alice.id))
            for body in bodies:
                answer = await trying.knock(client, doors[name], doors[name].path, **_filled(body, theirs))
                assert answer.status_code < 500
                assert await trying.everything(database, str(alice.id)) == before, f"{name} with {body}"
                tried += 1
    print(f"A1: 0 of {tried} violations by ids in bodies")


def _filled(body: Any, value: str) -> Any:
    if isinstance(body, dict):
        return {key: _filled(each, value) for key, each in body.items()}
    if isinstance(body, list):
        return [_filled(each, value) for each in body]
    return value if body == "*" else body
