"""Moving, for programs."""

import json
from collections.abc import AsyncIterator

import httpx2
import pytest
from litestar.types import ASGIApp

from app.chat.moving import arriving
from app.core.ids import new_id
from tests.cast import Player
from tests.chat.moving.bringing import many, unheard
from tests.chat.moving.shelf import furnished
from tests.doors.trying import browser

FILE = {"file": ("export.json", json.dumps(many(3)).encode(), "application/json")}


@pytest.fixture
async def mine(app: ASGIApp, alice: Player) -> AsyncIterator[httpx2.AsyncClient]:
    """Alice's program."""
    async with browser(app, alice) as client:
        yield client


async def test_a_program_brings_a_file_and_asks_what_became_of_it(mine: httpx2.AsyncClient, alice: Player) -> None:
    answer = await mine.post("/api/imports", files=FILE)
    begun = answer.json()
    assert (answer.status_code, begun["state"], begun["name"]) == (202, "WAITING", "export.json")
    await arriving.bring(alice.id, begun["id"], unheard)
    done = (await mine.get(f"/api/imports/{begun['id']}")).json()
    assert done["counts"] == {"new": 3, "grown": 0, "same": 0, "left_out": 0, "messages": 6}
    assert [each["outcome"] for each in done["results"]] == ["NEW"] * 3
    assert [each["id"] for each in (await mine.get("/api/imports")).json()["items"]] == [begun["id"]]


async def test_what_is_no_file_is_a_problem_with_a_field(mine: httpx2.AsyncClient) -> None:
    for sent in ({}, {"json": {"file": "x"}}, {"files": {"file": ("a.json", b"")}}):
        answer = await mine.post("/api/imports", **sent)
        assert answer.headers["content-type"].startswith("application/problem+json")
        assert (answer.status_code, list(answer.json()["errors"])) == (400, ["file"])


async def test_an_import_is_stopped_and_forgotten(mine: httpx2.AsyncClient) -> None:
    path = f"/api/imports/{(await mine.post('/api/imports', files=FILE)).json()['id']}"
    assert (await mine.post(f"{path}/stop")).json()["state"] == "STOPPED"
    assert (await mine.post(f"{path}/stop")).status_code == 409
    assert (await mine.delete(path)).status_code == 204
    assert (await mine.get(path)).status_code == 404


async def test_the_imports_of_others_are_not_there(mine: httpx2.AsyncClient, app: ASGIApp, bob: Player) -> None:
    begun = (await mine.post("/api/imports", files=FILE)).json()
    async with browser(app, bob) as other:
        answers = [await other.get(f"/api/imports/{each}") for each in (begun["id"], new_id())]
        assert (await other.get("/api/imports")).json() == {"items": []}
    assert [answer.status_code for answer in answers] == [404, 404]


async def test_a_conversation_is_taken_along_in_either_form(mine: httpx2.AsyncClient, alice: Player) -> None:
    path = f"/api/conversations/{await furnished(alice)}/export"
    assert (await mine.get(path)).json()["conversations"][0]["title"] == "Which soup?"
    assert (await mine.get(f"{path}?as=markdown")).text.startswith("# Which soup?")
    assert (await mine.get(f"{path}?as=pdf")).status_code == 400


async def test_what_is_described_is_what_is_there(mine: httpx2.AsyncClient) -> None:
    paths = (await mine.get("/schema/openapi.json")).json()["paths"]
    body = paths["/api/imports"]["post"]["requestBody"]["content"]["multipart/form-data"]["schema"]
    assert body["properties"]["file"] == {"type": "string", "format": "binary"}
    assert "as" in {each["name"] for each in paths["/api/conversations/{conversation_id}/export"]["get"]["parameters"]}
