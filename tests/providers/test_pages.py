"""The pages about models, as a browser without JavaScript uses them, and as htmx asks for their pieces."""

from decimal import Decimal
from typing import Any

import pytest

from app.ai.offered import Offered
from app.core.ids import new_id
from app.database.engine import db
from app.preferences import service as preferences
from app.providers import added, assistants, budgets, usage
from app.providers.catalogue import entries
from app.providers.offers import Offer, Shelf
from app.providers.queries.providers import EVERYBODY
from app.providers.sources import of_environment
from app.providers.usage import Call
from tests.account.browsing import Browser, described, said, send, valid, value
from tests.ai.upstream import Upstream, listing, scripted, status
from tests.cast import Player, sign_in
from tests.providers.stage import KEY, Setting, address, stored

MODELS, PROVIDERS = "/preferences/models", "/admin/providers"
PAGES = (PROVIDERS, "/admin/budgets", "/admin/assistants")
SWAP = {"HX-Request": "true"}


@pytest.fixture
async def mine(client: Browser, alice: Player) -> Browser:
    """Alice's browser."""
    await sign_in(client, alice)
    return client


@pytest.fixture
async def office(client: Browser, root: Player) -> Browser:
    """The administrator's browser."""
    await sign_in(client, root)
    return client


def text(page: Any) -> str:
    return " ".join("".join(page.itertext()).split())


def names(page: Any) -> list[str]:
    lists = [tag for tag in page.iter("ul") if tag.get("class") == "list models"]
    return ["".join(tag.itertext()) for each in lists for tag in each.iter("bdi")]


# One's own ------------------------------------------------------------------------------------------------------------


async def test_the_page_lists_what_there_is(mine: Browser, upstream: Upstream, setting: Setting) -> None:
    setting(openai_base_url=address(upstream))
    page = valid(await mine.get(MODELS))
    assert names(page) == ["gpt-4o", "gpt-4o-mini", "Recall"]
    assert "They begin with openai/gpt-4o." in text(page)
    assert "stays in the house" in text(page)


async def test_a_model_of_the_price_list_says_what_it_costs(mine: Browser, shelf: Shelf, setting: Setting) -> None:
    setting(openai_api_key=KEY)
    (source,) = of_environment()
    listed = entries(source.endpoint, [Offered("gpt-4o")])
    shelf._offers[source.endpoint] = Offer({entry.name: entry for entry in listed})  # noqa: SLF001 - as if OpenAI had said so
    told = "128k tokens of context · sees pictures · $2.50 in and $10.00 out for a million tokens"
    assert told in text(valid(await mine.get(MODELS)))


async def test_with_nothing_set_up_it_says_what_answers(mine: Browser) -> None:
    page = valid(await mine.get(MODELS))
    assert names(page) == ["Recall"]
    assert "They begin with Recall" in text(page)


async def test_the_tabs_of_preferences_lead_to_each_other(mine: Browser) -> None:
    for path in ("/preferences", MODELS):
        page = valid(await mine.get(path))
        links = [tag for tag in page.iter("a") if tag.get("href") in ("/preferences", MODELS)]
        assert path in [tag.get("href") for tag in links if tag.get("aria-current") == "page"]
        assert {tag.get("href") for tag in links} == {"/preferences", MODELS}


async def test_of_many_models_some_are_shown_and_the_others_found(mine: Browser, setting: Setting) -> None:
    async with scripted(models=listing(*[f"model-{number:03}" for number in range(200)])) as upstream:
        setting(openai_base_url=address(upstream))
        page = valid(await mine.get(MODELS))
        assert (len(names(page)), "194 more" in text(page)) == (7, True)
        region = (await mine.get(MODELS, params={"words": "OPENAI 17"}, headers=SWAP)).text
    assert "<html" not in region
    assert region.count("<bdi>") == 12


async def test_a_search_that_finds_nothing_says_so(mine: Browser) -> None:
    assert "No model is called that" in (await mine.get(MODELS, params={"words": "zzz"})).text


async def test_a_provider_that_is_away_says_so(mine: Browser, setting: Setting) -> None:
    setting(openai_base_url="http://127.0.0.1:9/v1")
    page = text(valid(await mine.get(MODELS)))
    assert "does not answer Nothing answers at the service's address. Is it running?" in page


async def test_a_star_is_given_and_taken(mine: Browser, alice: Player, upstream: Upstream, setting: Setting) -> None:
    setting(openai_base_url=address(upstream))
    for on, order in (("on", ["gpt-4o-mini", "gpt-4o"]), ("", ["gpt-4o", "gpt-4o-mini"])):
        answer = await send(mine, f"{MODELS}/star", {"path": "openai/gpt-4o-mini", "on": on})
        page = await said(mine, answer)
        assert page.index(f"<bdi>{order[0]}<") < page.index(f"<bdi>{order[1]}<")
        assert ('aria-pressed="true"' in page) is bool(on)


async def test_a_star_by_htmx_brings_the_list_alone(mine: Browser, upstream: Upstream, setting: Setting) -> None:
    setting(openai_base_url=address(upstream))
    mine.headers |= SWAP
    answer = await send(mine, f"{MODELS}/star", {"path": "openai/gpt-4o", "on": "on", "words": "mini"})
    assert answer.status_code == 200
    assert answer.text.lstrip().startswith('<div id="models"')
    assert "<bdi>gpt-4o<" not in answer.text


async def test_a_star_on_nothing_is_refused(mine: Browser) -> None:
    assert (await send(mine, f"{MODELS}/star", {"path": "gone/x", "on": "on"})).status_code == 404


async def test_one_chooses_what_to_begin_with(
    mine: Browser, alice: Player, upstream: Upstream, setting: Setting
) -> None:
    setting(openai_base_url=address(upstream))
    page = await said(mine, await send(mine, f"{MODELS}/default", {"path": "openai/gpt-4o-mini"}))
    assert "They begin with openai/gpt-4o-mini, as you chose." in page
    assert "you begin with it" in page
    page = await said(mine, await send(mine, f"{MODELS}/default", {"path": ""}))
    assert "They begin with openai/gpt-4o. Choose another one below." in page
    assert (await preferences.of(alice.id)).default_model is None


async def test_a_choice_that_is_gone_is_told(mine: Browser, alice: Player) -> None:
    await preferences.change(alice.id, default_model="gone/x")
    assert "You chose gone/x, which is not here at the moment." in (await mine.get(MODELS)).text


async def test_the_page_tells_what_was_used_and_what_is_left(mine: Browser, alice: Player, chief: Any) -> None:
    await budgets.put(chief, "DEVELOPER", budgets.Amount(tokens=1000), budgets.Amount(2000, Decimal(1)))
    await usage.record(alice.id, Call("reply", "m", "P", 1000, 234, cost=Decimal("0.5")))
    page = text(valid(await mine.get(MODELS)))
    assert "Today you used 1,234 tokens, $0.50. Your budget is 2,000 tokens, $1.00 a day." in page
    assert "You are close to the end of your budget for today." in page
    await usage.record(alice.id, Call("reply", "m", "P", 1000, 0))
    assert "Your budget for today is used up." in (await mine.get(MODELS)).text


# Providers of one's own -----------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("public")
async def test_a_provider_of_ones_own_is_added(mine: Browser, alice: Player, upstream: Upstream) -> None:
    form = {"name": "Lab", "base_url": address(upstream), "key": "", "do": "add"}
    page = await said(mine, await send(mine, f"{MODELS}/providers", form))
    assert "The provider is added." in page
    assert "<bdi>gpt-4o-mini<" in page
    assert [source.slug for source in await added.listed(alice.id)] == ["my-lab"]


@pytest.mark.usefixtures("public")
async def test_a_trial_keeps_nothing_and_what_was_typed_but_the_key(
    mine: Browser, alice: Player, upstream: Upstream
) -> None:
    form = {"name": "Lab", "base_url": address(upstream), "key": "", "do": "try"}
    answer = await send(mine, f"{MODELS}/providers", form)
    page = valid(answer)
    assert "It answers: 2 models." in text(page)
    assert (value(page, "name"), value(page, "base_url"), value(page, "key")) == ("Lab", address(upstream), "")
    assert await added.listed(alice.id) == []


async def test_what_is_wrong_is_said_at_its_field_and_the_key_is_not_given_back(mine: Browser) -> None:
    form = {"name": "Lab", "base_url": "http://127.0.0.1:9/v1", "key": KEY, "do": "add"}
    answer = await send(mine, f"{MODELS}/providers", form)
    page = valid(answer)
    assert answer.status_code == 400
    assert "Begin it with https://" in described(page, "base_url")
    assert (value(page, "name"), value(page, "key")) == ("Lab", "")
    assert KEY not in answer.text


async def test_a_trial_by_htmx_brings_the_form_alone(mine: Browser) -> None:
    mine.headers |= SWAP
    answer = await send(mine, f"{MODELS}/providers", {"name": "", "base_url": "x", "do": "try"})
    assert answer.status_code == 400
    assert answer.text.startswith('<div id="adding"')


async def test_one_of_ones_own_is_tried_switched_and_deleted(mine: Browser, alice: Player, setting: Setting) -> None:
    provider = await stored(alice.id, "https://10.0.0.1/v1", "my-lab")
    place = f"{MODELS}/providers/{provider}"
    assert "may not be reached from here" in await said(mine, await send(mine, f"{place}/try"))
    assert "Switch My-Lab on" in await said(mine, await send(mine, f"{place}/switch", {"on": ""}))
    assert "Switch My-Lab off" in await said(mine, await send(mine, f"{place}/switch", {"on": "on"}))
    assert "its key with it" in await said(mine, await send(mine, f"{place}/remove"))
    assert await added.listed(alice.id) == []


async def test_a_key_is_recognised_by_its_end_alone(mine: Browser, alice: Player) -> None:
    await stored(alice.id, "https://10.0.0.1/v1", "my-lab")
    page = (await mine.get(MODELS)).text
    assert f"key …{KEY[-4:]}" in page
    assert KEY not in page


async def test_a_key_that_is_lost_is_told_and_can_be_deleted(mine: Browser, alice: Player) -> None:
    provider = await stored(alice.id, "https://10.0.0.1/v1", "my-lab")
    await db.fetch("update own_providers set key_enc = $2 where user_id = $1", alice.id, b"of another secret")
    page = await mine.get(MODELS)
    assert "key is lost" in page.text
    assert (await send(mine, f"{MODELS}/providers/{provider}/remove")).status_code == 303


# The administrators' --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", PAGES)
async def test_every_page_is_valid_and_leads_to_the_others(office: Browser, path: str) -> None:
    page = valid(await office.get(path))
    links = list(page.iter("a"))
    assert {*PAGES, "/admin/people"} <= {tag.get("href") for tag in links}
    assert path in [tag.get("href") for tag in links if tag.get("aria-current") == "page"]


@pytest.mark.parametrize("path", PAGES)
async def test_to_everybody_else_there_is_nothing_here(mine: Browser, path: str) -> None:
    assert (await mine.get(path)).status_code == 404
    assert (await send(mine, path, {"name": "x"})).status_code == 404


async def test_an_administrator_sees_where_models_come_from_and_no_key(
    office: Browser, alice: Player, upstream: Upstream, setting: Setting
) -> None:
    setting(openai_api_key=KEY, openai_base_url=address(upstream))
    await stored(EVERYBODY, "http://127.0.0.1:9/v1")
    await stored(alice.id, "https://10.0.0.1/v1", "my-lab")
    page = await office.get(PROVIDERS)
    assert "from the settings" in page.text
    assert "Cellar" in page.text
    assert "Lab" not in page.text
    assert KEY not in page.text


async def test_a_provider_for_everybody_is_added_tried_switched_and_deleted(
    office: Browser, upstream: Upstream
) -> None:
    form = {"name": "Cellar", "base_url": address(upstream), "key": KEY}
    assert "It answers: 2 models." in (await send(office, PROVIDERS, {**form, "do": "try"})).text
    assert "Everybody can choose its models." in await said(office, await send(office, PROVIDERS, form))
    (source,) = await added.listed(EVERYBODY)
    place = f"{PROVIDERS}/{source.id}"
    assert "It answers: 2 models." in await said(office, await send(office, f"{place}/try"))
    assert "Switch Cellar on" in await said(office, await send(office, f"{place}/switch", {"on": ""}))
    assert "its key with it" in await said(office, await send(office, f"{place}/remove"))


async def test_a_key_that_is_refused_is_said_at_the_key(office: Browser) -> None:
    async with scripted(models=status(401)) as upstream:
        form = {"name": "Cellar", "base_url": address(upstream), "key": KEY}
        answer = await send(office, PROVIDERS, form)
    assert answer.status_code == 400
    assert "does not accept the key" in described(valid(answer), "key")


async def test_what_is_not_there_is_not_found(office: Browser) -> None:
    for path in (f"{PROVIDERS}/{new_id()}/try", f"/admin/budgets/{new_id()}/remove", f"/admin/assistants/{new_id()}"):
        assert (await send(office, path, {"name": "x", "model_path": "rag"})).status_code == 404


async def test_a_budget_is_set_and_removed(office: Browser, alice: Player) -> None:
    form = {"whose": "person", "address": alice.email, "soft_tokens": "80,000", "hard_tokens": "100 000"}
    page = await said(office, await send(office, "/admin/budgets", {**form, "hard_cost": "2,50"}))
    for words in ("Alice", alice.email, "80,000 tokens", "100,000 tokens, $2.50"):
        assert words in page
    (budget,) = await budgets.listed()
    page = await said(office, await send(office, f"/admin/budgets/{budget.id}/remove"))
    assert "Nothing is bounded" in page


@pytest.mark.parametrize(
    ("field", "typed", "why"),
    [
        ("soft_tokens", "many", "whole number"),
        ("hard_tokens", "9" * 15, "too large"),
        ("soft_tokens", "-1", "whole number"),
        ("hard_cost", "much", "like 2.50"),
        ("hard_cost", "-1", "like 2.50"),
        ("hard_cost", "NaN", "like 2.50"),
        ("hard_cost", "1e9", "too large"),
        ("hard_tokens", "1", "before the end"),
    ],
)
async def test_a_wrong_budget_is_said_at_its_field(office: Browser, field: str, typed: str, why: str) -> None:
    form = {"whose": "DEVELOPER", "soft_tokens": "10", field: typed}
    answer = await send(office, "/admin/budgets", form)
    page = valid(answer)
    assert answer.status_code == 400
    assert why in described(page, field)
    assert value(page, field) == typed


async def test_an_assistant_is_made_changed_and_deleted(office: Browser) -> None:
    form = {"name": "Reviewer", "description": "Reads changes.", "model_path": "rag", "instructions": "Be kind."}
    assert "Everybody can choose it." in await said(office, await send(office, "/admin/assistants", form))
    (made,) = await assistants.listed()
    place = f"/admin/assistants/{made.id}"
    assert value(valid(await office.get(place)), "name") == "Reviewer"
    assert "Editor" in await said(office, await send(office, place, {**form, "name": "Editor"}))
    assert "No assistants yet" in await said(office, await send(office, f"{place}/remove"))


async def test_a_wrong_assistant_is_said_at_its_field(office: Browser) -> None:
    form = {"name": "", "model_path": "gone/x", "instructions": "Be kind."}
    page = valid(await send(office, "/admin/assistants", form))
    assert "This is needed." in described(page, "name")
    assert "no such model" in described(page, "model_path")
    assert "Be kind." in text(page)
