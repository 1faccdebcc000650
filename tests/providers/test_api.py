"""Models, providers, assistants and usage, as programs see them."""

from decimal import Decimal
from typing import Any

import pytest

from app.ai.offered import Offered
from app.core.asker import Asker
from app.providers import added, assistants, budgets, service, usage
from app.providers.assistants import Draft
from app.providers.catalogue import entries
from app.providers.offers import Offer, Shelf
from app.providers.sources import of_environment
from app.providers.usage import Call
from tests import cast
from tests.account.browsing import Browser
from tests.ai.upstream import Upstream
from tests.cast import Player, sign_in
from tests.providers.stage import KEY, Setting, address, stored


@pytest.fixture
async def mine(client: Browser, alice: Player) -> Browser:
    """Alice's program."""
    await sign_in(client, alice)
    client.headers["x-csrf-token"] = await cast.csrf(client)
    return client


async def got(client: Browser, path: str) -> Any:
    answer = await client.get(path)
    assert answer.status_code == 200, answer.text
    assert KEY not in answer.text
    return answer.json()


async def test_models_are_told_with_what_is_known(
    mine: Browser, alice: Player, upstream: Upstream, setting: Setting
) -> None:
    setting(openai_api_key=KEY, openai_base_url=address(upstream))
    await service.star(alice.id, "openai/gpt-4o-mini", on=True)
    found = await got(mine, "/api/models")
    assert found["default"] == "openai/gpt-4o-mini"
    assert [each["path"] for each in found["items"]] == ["openai/gpt-4o-mini", "openai/gpt-4o", "rag"]
    first = found["items"][0]
    assert (first["is_favourite"], first["sees"], first["is_local"], first["price"]) == (True, True, True, None)


async def test_a_price_is_told_as_text_that_loses_nothing(mine: Browser, shelf: Shelf, setting: Setting) -> None:
    setting(openai_api_key=KEY)
    (source,) = of_environment()
    listed = entries(source.endpoint, [Offered("gpt-4o")])
    shelf._offers[source.endpoint] = Offer({entry.name: entry for entry in listed})  # noqa: SLF001 - as if OpenAI had said so
    found = (await got(mine, "/api/models"))["items"][0]
    assert (Decimal(found["price"]["input"]), Decimal(found["price"]["output"])) == (Decimal("2.5"), Decimal(10))
    assert (found["context"], found["is_local"]) == (128_000, False)


@pytest.mark.usefixtures("public")
async def test_a_provider_is_added_listed_and_removed(mine: Browser, alice: Player, upstream: Upstream) -> None:
    sent = {"name": "Lab", "base_url": address(upstream)}
    made = await mine.post("/api/providers", json=sent)
    assert made.status_code == 201
    (listed,) = (await got(mine, "/api/providers"))["items"]
    assert (listed["id"], listed["slug"], listed["hint"]) == (made.json()["id"], "my-lab", "")
    assert (await mine.delete(f"/api/providers/{listed['id']}")).status_code == 204
    assert await added.listed(alice.id) == []


async def test_what_is_wrong_with_a_provider_is_said_by_field(mine: Browser) -> None:
    answer = await mine.post("/api/providers", json={"name": "", "base_url": "x", "key": KEY})
    assert answer.status_code == 400
    assert set(answer.json()["errors"]) == {"name", "base_url"}
    assert KEY not in answer.text


async def test_a_provider_of_somebody_else_is_not_listed(mine: Browser, bob: Player) -> None:
    await stored(bob.id, "https://127.0.0.1:9/v1", "my-lab")
    assert await got(mine, "/api/providers") == {"items": []}


async def test_assistants_are_everybodys(mine: Browser, chief: Asker) -> None:
    await assistants.add(chief, Draft("Reviewer", "", "rag", "Be kind."))
    (found,) = (await got(mine, "/api/assistants"))["items"]
    assert (found["name"], found["description"], found["instructions"]) == ("Reviewer", "", "Be kind.")


async def test_usage_is_told_with_the_budget(mine: Browser, alice: Player, bob: Player, chief: Asker) -> None:
    await budgets.put(chief, "DEVELOPER", budgets.Amount(), budgets.Amount(tokens=100))
    for player in (alice, bob):
        await usage.record(player.id, Call("reply", "m", "P", 90, 5, is_estimated=True, cost=Decimal("0.000125")))
    found = await got(mine, "/api/usage")
    assert found["today"] == {
        "spent": {"tokens": 95, "cost": "0.000125"},
        "soft": {"tokens": None, "cost": None},
        "hard": {"tokens": 100, "cost": None},
        "is_near": True,
        "is_over": False,
    }
    (day,) = found["days"]
    assert (day["model"], day["calls"], day["cost"], day["is_estimated"]) == ("m", 1, "0.000125", True)
