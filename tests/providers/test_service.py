"""Which models a person has, and where the chosen one is asked."""

import asyncio
from functools import partial
from typing import Any

import pytest

from app.ai import found
from app.core.clock import monotonic
from app.core.errors import Conflict
from app.database.engine import db
from app.preferences import listeners
from app.preferences import service as preferences
from app.providers import offers, service
from app.providers.catalogue import ModelGone
from app.providers.offers import Shelf
from app.providers.queries.providers import EVERYBODY
from tests.ai.upstream import Upstream, forever, listing, scripted
from tests.cast import Player
from tests.providers.stage import KEY, Setting, address, stored

pytestmark = pytest.mark.usefixtures("database")


async def paths(player: Player) -> list[str]:
    return [model.path for model in await service.models_for(player.id)]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every statement that is sent."""
    seen: list[str] = []
    fetch = db.fetch

    async def noted(sql: str, *values: Any) -> Any:
        seen.append(sql)
        return await fetch(sql, *values)

    monkeypatch.setattr(db, "fetch", noted)
    return seen


# What there is --------------------------------------------------------------------------------------------------------


async def test_with_nothing_set_up_there_is_recall(alice: Player) -> None:
    assert await paths(alice) == ["rag"]
    assert await service.default_path(alice.id) == "rag"
    assert (await service.choice(alice.id, "rag")).endpoint is None


async def test_models_of_the_environment_are_everybodys(
    alice: Player, bob: Player, upstream: Upstream, setting: Setting
) -> None:
    setting(openai_api_key=KEY, openai_base_url=address(upstream))
    for player in (alice, bob):
        assert await paths(player) == ["openai/gpt-4o", "openai/gpt-4o-mini", "rag"]


async def test_what_cannot_talk_is_left_out(alice: Player, setting: Setting) -> None:
    mute = ("text-embedding-3-small", "whisper-1", "tts-1-hd", "dall-e-3", "gpt-4o-realtime-preview", "bge-m3")
    talking = ("llama3.2:latest", "o3-mini", "mistral-large-latest", "deepseek-chat", "models/gemini-2.5-flash")
    async with scripted(models=listing(*mute, *talking)) as upstream:
        setting(model_urls=(f"http://lab@127.0.0.1:{upstream.port}/v1",))
        listed = await paths(alice)
    assert listed[:-1] == [f"lab/{name.removeprefix('models/')}" for name in talking]


async def test_models_of_an_administrators_provider_are_everybodys(alice: Player, upstream: Upstream) -> None:
    await stored(EVERYBODY, address(upstream))
    assert await paths(alice) == ["cellar/gpt-4o", "cellar/gpt-4o-mini", "rag"]
    assert upstream.requests[0].headers["authorization"] == f"Bearer {KEY}"


@pytest.mark.usefixtures("public")
async def test_models_of_ones_own_provider_are_ones_own(alice: Player, bob: Player, upstream: Upstream) -> None:
    await stored(alice.id, address(upstream), "my-lab")
    assert await paths(alice) == ["my-lab/gpt-4o", "my-lab/gpt-4o-mini", "rag"]
    assert await paths(bob) == ["rag"]
    with pytest.raises(ModelGone):
        await service.choice(bob.id, "my-lab/gpt-4o")


async def test_what_is_switched_off_is_not_there(alice: Player, upstream: Upstream) -> None:
    provider = await stored(EVERYBODY, address(upstream))
    await db.fetch("update providers set is_enabled = false where id = $1", provider)
    assert await paths(alice) == ["rag"]
    with pytest.raises(ModelGone):
        await service.choice(alice.id, "cellar/gpt-4o")


async def test_a_provider_whose_key_cannot_be_opened_is_left_alone(alice: Player, upstream: Upstream) -> None:
    await stored(EVERYBODY, address(upstream))
    await db.fetch("update providers set key_enc = $1", b"of another secret")
    assert await paths(alice) == ["rag"]
    assert upstream.requests == []


async def test_a_model_tells_what_is_known_of_it(alice: Player, upstream: Upstream, setting: Setting) -> None:
    setting(model_urls=(f"http://lab@127.0.0.1:{upstream.port}/v1",))
    model = (await service.models_for(alice.id))[0]
    assert (model.name, model.provider, model.sees, model.is_local, model.price) == ("gpt-4o", "lab", True, True, None)


# Lists are kept -------------------------------------------------------------------------------------------------------


async def test_a_provider_is_asked_once_and_not_at_every_page(
    alice: Player, upstream: Upstream, setting: Setting
) -> None:
    setting(openai_base_url=address(upstream))
    for _ in range(5):
        await paths(alice)
    assert len(upstream.requests) == 1


async def test_many_at_once_ask_once(alice: Player, upstream: Upstream, shelf: Shelf) -> None:
    together = await asyncio.gather(*[shelf.offer(upstream.endpoint) for _ in range(20)])
    assert {len(offer.models) for offer in together} == {2}
    assert len(upstream.requests) == 1


async def test_what_is_new_there_is_found_in_the_background(
    alice: Player, upstream: Upstream, setting: Setting, shelf: Shelf
) -> None:
    setting(openai_base_url=address(upstream))
    await paths(alice)
    upstream.models = listing("gpt-9")
    await shelf.renew()
    assert await paths(alice) == ["openai/gpt-9", "rag"]


async def test_a_provider_that_dies_keeps_its_last_list_and_says_so(
    alice: Player, setting: Setting, shelf: Shelf
) -> None:
    async with scripted(models=listing("gpt-4o")) as upstream:
        setting(openai_base_url=address(upstream))
        await paths(alice)
    await shelf.renew()
    (shelved,) = await service.shelves(alice.id)
    assert [(model.path, model.is_answering) for model in shelved.models] == [("openai/gpt-4o", False)]
    assert "Is it running?" in str(shelved.problem)


async def test_one_that_comes_back_is_back(alice: Player, setting: Setting, shelf: Shelf) -> None:
    async with scripted(models=listing("gpt-4o")) as upstream:
        setting(openai_base_url=address(upstream))
        await paths(alice)
    await shelf.renew()
    async with scripted(models=listing("gpt-4o"), port=upstream.port):
        await shelf.renew()
        (shelved,) = await service.shelves(alice.id)
    assert (shelved.problem, shelved.models[0].is_answering) == (None, True)


async def test_one_that_is_slow_keeps_nobody_waiting(
    alice: Player, setting: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(offers, "PATIENCE", 0.05)
    async with scripted(models=forever) as upstream:
        setting(openai_base_url=address(upstream))
        start = monotonic()
        assert await paths(alice) == ["rag"]
    print(f"a provider that says nothing: {1000 * (monotonic() - start):.0f} ms")


async def test_lists_that_nobody_wants_are_forgotten(
    upstream: Upstream, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    await shelf.offer(upstream.endpoint)
    monkeypatch.setattr(offers, "_WANTED_FOR", -1.0)
    await shelf.renew()
    assert len(upstream.requests) == 1


# What runs here -------------------------------------------------------------------------------------------------------


@pytest.fixture
def beside(upstream: Upstream, setting: Setting, monkeypatch: pytest.MonkeyPatch) -> None:
    """The provider runs on this machine, where Ollama would listen."""
    monkeypatch.setattr(found, "on_this_machine", partial(found.on_this_machine, {upstream.port: "Ollama"}))
    setting(find_local_models=True)


@pytest.mark.usefixtures("beside")
async def test_what_runs_on_this_machine_is_found(alice: Player) -> None:
    assert await paths(alice) == ["ollama/gpt-4o", "ollama/gpt-4o-mini", "rag"]
    assert (await service.models_for(alice.id))[0].is_local
    (shelved,) = await service.shelves(alice.id)
    assert (shelved.source.origin, shelved.source.endpoint.key) == ("machine", "")


@pytest.mark.usefixtures("beside")
async def test_nobody_looks_who_may_not(alice: Player, upstream: Upstream, setting: Setting) -> None:
    setting(find_local_models=False)
    assert await paths(alice) == ["rag"]
    assert upstream.connections == 0


@pytest.mark.usefixtures("beside")
async def test_the_watch_asks_by_itself_until_it_is_ended(alice: Player, upstream: Upstream, shelf: Shelf) -> None:
    watching = asyncio.create_task(offers.watch())
    while not any(asked.path == "/v1/models" for asked in upstream.requests[1:]):
        await asyncio.sleep(0.01)
    await shelf.ask(upstream.endpoint)
    watching.cancel()
    await asyncio.wait([watching])
    assert watching.cancelled()
    assert await paths(alice) == ["ollama/gpt-4o", "ollama/gpt-4o-mini", "rag"]


async def test_an_end_in_the_middle_of_a_question_leaves_nothing_behind(setting: Setting) -> None:
    async with scripted(models=forever) as upstream:
        setting(openai_base_url=address(upstream))
        watching = asyncio.create_task(offers.watch())
        while not upstream.requests:
            await asyncio.sleep(0.01)
        watching.cancel()
        await asyncio.wait([watching])
        assert await asyncio.wait_for(upstream.requests[0].hung_up.wait(), 5)


# Choosing -------------------------------------------------------------------------------------------------------------


async def test_a_choice_of_the_environment_needs_no_database(
    alice: Player, upstream: Upstream, setting: Setting, asked: list[str]
) -> None:
    setting(openai_api_key=KEY, openai_base_url=address(upstream))
    await service.choice(alice.id, "openai/gpt-4o")
    chosen = await service.choice(alice.id, "openai/gpt-4o")
    assert asked == []
    assert chosen.endpoint is not None
    assert (chosen.model.id, chosen.endpoint.key, chosen.endpoint.trusted) == ("gpt-4o", KEY, True)


@pytest.mark.usefixtures("public")
async def test_a_choice_of_somebodys_needs_one_read(alice: Player, upstream: Upstream, asked: list[str]) -> None:
    await stored(alice.id, address(upstream), "my-lab")
    await stored(EVERYBODY, address(upstream))
    for path in ("my-lab/gpt-4o", "cellar/gpt-4o"):
        asked.clear()
        chosen = await service.choice(alice.id, path)
        assert len(asked) == 1
        assert chosen.endpoint is not None
        assert chosen.endpoint.trusted is path.startswith("cellar")


@pytest.mark.parametrize("path", ["openai/gpt-1", "nobody/gpt-4o", "openai/", "openai", "", "rag/x", "my-lab/gpt-4o"])
async def test_what_is_not_there_is_said_kindly(alice: Player, upstream: Upstream, setting: Setting, path: str) -> None:
    setting(openai_base_url=address(upstream))
    with pytest.raises(ModelGone, match="no longer here"):
        await service.choice(alice.id, path)


async def test_a_model_of_a_provider_that_was_never_heard_can_be_tried(alice: Player, setting: Setting) -> None:
    """After a start its list is not known; whether it is back, the question itself finds out."""
    setting(openai_base_url="http://127.0.0.1:9/v1")
    chosen = await service.choice(alice.id, "openai/gpt-4o")
    assert (chosen.model.path, chosen.model.is_answering) == ("openai/gpt-4o", False)


async def test_the_default_is_the_first_wish_that_is_there(alice: Player, upstream: Upstream, setting: Setting) -> None:
    setting(openai_base_url=address(upstream))
    assert await service.default_path(alice.id, None, "", "gone/x", "openai/gpt-4o-mini", "rag") == "openai/gpt-4o-mini"
    assert await service.default_path(alice.id, "rag") == "rag"


async def test_without_a_wish_it_is_groq_else_the_first(
    alice: Player, upstream: Upstream, setting: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = [(word, name, address(upstream)) for word, name in (("openai", "OpenAI"), ("groq", "Groq"))]
    monkeypatch.setattr("app.providers.sources.KNOWN", known)
    setting(openai_api_key=KEY)
    assert await service.default_path(alice.id) == "openai/gpt-4o"
    setting(openai_api_key=KEY, groq_api_key=KEY)
    assert await service.default_path(alice.id) == "groq/gpt-4o"


async def test_of_groq_it_is_a_good_one(alice: Player, setting: Setting, monkeypatch: pytest.MonkeyPatch) -> None:
    async with scripted(models=listing("a-small-one", "llama-3.3-70b-versatile")) as upstream:
        monkeypatch.setattr("app.providers.sources.KNOWN", [("groq", "Groq", address(upstream))])
        setting(groq_api_key=KEY)
        assert await service.default_path(alice.id) == "groq/llama-3.3-70b-versatile"


async def test_a_provider_that_is_away_is_no_default(alice: Player, setting: Setting, shelf: Shelf) -> None:
    async with scripted() as upstream:
        setting(openai_base_url=address(upstream))
        assert await service.default_path(alice.id) != "rag"
    await shelf.renew()
    assert await service.default_path(alice.id) == "rag"


# Stars and preferences ------------------------------------------------------------------------------------------------


async def test_a_star_puts_a_model_first_but_recall_stays_last(
    alice: Player, bob: Player, upstream: Upstream, setting: Setting
) -> None:
    setting(openai_base_url=address(upstream))
    for _ in range(2):
        await service.star(alice.id, "openai/gpt-4o-mini", on=True)
    assert await paths(alice) == ["openai/gpt-4o-mini", "openai/gpt-4o", "rag"]
    assert await paths(bob) == ["openai/gpt-4o", "openai/gpt-4o-mini", "rag"]
    assert await service.default_path(alice.id) == "openai/gpt-4o-mini"


async def test_a_star_can_be_taken_away_when_the_model_is_gone(alice: Player) -> None:
    await db.fetch("insert into favourite_models (user_id, path) values ($1, 'gone/x')", alice.id)
    await service.star(alice.id, "gone/x", on=False)
    assert await db.fetch_value("select count(*) from favourite_models where user_id = $1", alice.id) == 0


async def test_no_star_on_what_is_not_there(alice: Player) -> None:
    with pytest.raises(ModelGone):
        await service.star(alice.id, "gone/x", on=True)


async def test_stars_have_an_end(alice: Player) -> None:
    sql = "insert into favourite_models (user_id, path) select $1, 'x/' || n from generate_series(1, 100) n"
    await db.fetch(sql, alice.id)
    with pytest.raises(Conflict):
        await service.star(alice.id, "rag", on=True)


@pytest.mark.parametrize(("path", "kept"), [("rag", "rag"), ("", None)])
async def test_what_one_prefers_is_a_preference(alice: Player, path: str, kept: str | None) -> None:
    listeners.subscribe_all()
    await preferences.change(alice.id, default_model="old/one")
    await service.prefer(alice.id, path)
    assert (await preferences.of(alice.id)).default_model == kept


async def test_nobody_can_prefer_what_is_not_there(alice: Player) -> None:
    with pytest.raises(ModelGone):
        await service.prefer(alice.id, "gone/x")
