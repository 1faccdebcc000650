"""Providers that people add: tried first, kept sealed, seen by those whose they are."""

from dataclasses import replace

import pytest

from app.audit import service as audit
from app.core.asker import Asker
from app.core.errors import Conflict, NotFound, Rejected
from app.core.ids import new_id
from app.database.engine import db
from app.providers import added, keys
from app.providers.added import Draft
from app.providers.queries.providers import EVERYBODY
from tests.ai.upstream import Upstream, body, listing, scripted, status
from tests.cast import Player
from tests.providers.stage import KEY, Setting, address, stored

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def draft(upstream: Upstream) -> Draft:
    return Draft("Cellar", address(upstream), KEY)


async def wrong_fields(draft: Draft, *, trusted: bool = True) -> dict[str, str]:
    with pytest.raises(Rejected) as wrong:
        await added.attempt(draft, trusted=trusted)
    return wrong.value.fields


# Trying ---------------------------------------------------------------------------------------------------------------


async def test_a_trial_says_how_many_models_there_are(draft: Draft) -> None:
    assert await added.attempt(draft, trusted=True) == 2


@pytest.mark.parametrize("ending", ["/", "///", "/chat/completions", "/models/", "/responses"])
async def test_what_people_copy_along_is_taken_off(draft: Draft, upstream: Upstream, ending: str) -> None:
    clumsy = Draft("  The   Cellar ", f"  {draft.base_url}{ending} ", f" {KEY}\n")
    assert await added.attempt(clumsy, trusted=True) == 2
    assert (upstream.requests[0].path, upstream.requests[0].headers["authorization"]) == ("/v1/models", f"Bearer {KEY}")


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"name": " "}, "name", "needed"),
        ({"name": "x" * 61}, "name", "too long"),
        ({"name": "a\u202eb"}, "name", "cannot be stored"),
        ({"base_url": ""}, "base_url", "such as"),
        ({"base_url": "api.openai.com/v1"}, "base_url", "such as"),
        ({"base_url": "ftp://api.openai.com/v1"}, "base_url", "such as"),
        ({"base_url": "https://user:pw@api.openai.com/v1"}, "base_url", "such as"),
        ({"base_url": "https://api.openai.com/v1?x=1"}, "base_url", "such as"),
        ({"base_url": "https://[::1/v1"}, "base_url", "such as"),
        ({"base_url": "https://" + "x" * 300}, "base_url", "such as"),
        ({"key": "two words"}, "key", "one word"),
        ({"key": "„sk-1“"}, "key", "one word"),
        ({"key": "x" * 501}, "key", "one word"),
        ({"base_url": "http://127.0.0.1:9/v1"}, "base_url", "running"),
        ({"base_url": "http://nowhere.invalid/v1"}, "base_url", "name"),
    ],
)
async def test_what_is_wrong_is_said_at_its_field(draft: Draft, change: dict[str, str], field: str, words: str) -> None:
    found = await wrong_fields(replace(draft, **change))
    assert list(found) == [field]
    assert words in found[field]


@pytest.mark.parametrize("code", [401, 402, 403])
async def test_a_key_that_is_refused_is_said_at_the_key(code: int) -> None:
    async with scripted(models=status(code)) as upstream:
        assert list(await wrong_fields(Draft("Cellar", address(upstream), KEY))) == ["key"]


async def test_what_speaks_another_protocol_is_said_at_the_address() -> None:
    async with scripted(models=body(b"<!doctype html>", kind="text/html")) as upstream:
        assert list(await wrong_fields(Draft("Cellar", address(upstream), KEY))) == ["base_url"]


async def test_what_a_provider_says_of_a_failure_is_not_repeated() -> None:
    async with scripted(models=status(401, f"bad key {KEY} <script>")) as upstream:
        assert "script" not in (await wrong_fields(Draft("Cellar", address(upstream), KEY)))["key"]


@pytest.mark.parametrize("key", ["", KEY])
async def test_a9_behind_the_wall_there_is_nothing_for_people(draft: Draft, upstream: Upstream, key: str) -> None:
    hosts = ("127.0.0.1", "localhost", "0x7f.1", "[::ffff:127.0.0.1]", "2130706433")
    for host in hosts:
        url = address(upstream).replace("127.0.0.1", host).replace("http:", "https:" if key else "http:")
        assert list(await wrong_fields(replace(draft, base_url=url, key=key), trusted=False)) == ["base_url"]
    print(f"A9: {upstream.connections} connections behind the wall by {len(hosts)} names")
    assert upstream.connections == 0


async def test_a_key_does_not_travel_in_the_open(draft: Draft) -> None:
    open_ = replace(draft, base_url="http://api.example.com/v1")
    assert "https://" in (await wrong_fields(open_, trusted=False))["base_url"]


# Adding ---------------------------------------------------------------------------------------------------------------


async def test_an_administrator_adds_one_for_everybody(chief: Asker, draft: Draft) -> None:
    await added.add(chief, EVERYBODY, draft)
    (source,) = await added.listed(EVERYBODY)
    assert (source.slug, source.name, source.hint, source.origin) == ("cellar", "Cellar", KEY[-4:], "operator")
    assert (source.endpoint.key, source.endpoint.trusted) == (KEY, True)


@pytest.mark.usefixtures("public")
async def test_somebody_adds_one_for_themselves(alices: Asker, bob: Player, draft: Draft) -> None:
    await added.add(alices, alices.id, replace(draft, key=""))
    (source,) = await added.listed(alices.id)
    assert (source.slug, source.origin, source.endpoint.trusted) == ("my-cellar", "own", False)
    assert await added.listed(bob.id) == await added.listed(EVERYBODY) == []


async def test_what_does_not_answer_is_not_kept(chief: Asker, draft: Draft) -> None:
    with pytest.raises(Rejected):
        await added.add(chief, EVERYBODY, replace(draft, base_url="http://127.0.0.1:9/v1"))
    assert await added.listed(EVERYBODY) == []


async def test_two_of_one_name_have_paths_of_their_own(chief: Asker, draft: Draft, setting: Setting) -> None:
    setting(groq_api_key=KEY)
    for name in ("Cellar", "cellar!", "Groq", "My Cellar"):
        await added.add(chief, EVERYBODY, replace(draft, name=name))
    assert [source.slug for source in await added.listed(EVERYBODY)] == ["cellar", "cellar-2", "groq-2", "cellar-3"]


async def test_there_is_an_end_to_adding(chief: Asker, draft: Draft) -> None:
    for number in range(20):
        await stored(EVERYBODY, "https://ai.example.com/v1", f"p{number}")
    with pytest.raises(Conflict):
        await added.add(chief, EVERYBODY, draft)


async def test_a_key_lies_sealed_in_the_database(chief: Asker, draft: Draft) -> None:
    await added.add(chief, EVERYBODY, draft)
    row = await db.fetch_one("select * from providers")
    assert row is not None
    assert KEY.encode() not in bytes(row["key_enc"])
    assert keys.opened(row["key_enc"]) == KEY


# Changing -------------------------------------------------------------------------------------------------------------


async def test_one_is_switched_off_and_on(alices: Asker, upstream: Upstream) -> None:
    provider = await stored(alices.id, address(upstream), "my-lab")
    for on in (False, True):
        await added.switch(alices, alices.id, provider, on=on)
        assert [source.is_enabled for source in await added.listed(alices.id)] == [on]


async def test_one_is_removed_with_its_key(alices: Asker, upstream: Upstream) -> None:
    provider = await stored(alices.id, address(upstream), "my-lab")
    await added.remove(alices, alices.id, provider)
    assert await db.fetch_value("select count(*) from own_providers where user_id = $1", alices.id) == 0


async def test_what_is_somebody_elses_is_not_there(alices: Asker, bob: Player, upstream: Upstream) -> None:
    theirs = [await stored(bob.id, address(upstream), "my-lab"), await stored(EVERYBODY, address(upstream)), new_id()]
    for provider in theirs:
        for attempt in (
            added.one(alices.id, provider),
            added.try_again(alices.id, provider),
            added.switch(alices, alices.id, provider, on=False),
            added.remove(alices, alices.id, provider),
        ):
            with pytest.raises(NotFound):
                await attempt
    assert len(await added.listed(bob.id)) == len(await added.listed(EVERYBODY)) == 1


async def test_trying_again_renews_the_list(upstream: Upstream) -> None:
    provider = await stored(EVERYBODY, address(upstream))
    assert len((await added.try_again(EVERYBODY, provider)).models) == 2
    upstream.models = listing("one")
    assert len((await added.try_again(EVERYBODY, provider)).models) == 1


async def test_what_is_done_is_noted_without_the_key(chief: Asker, draft: Draft) -> None:
    provider = await added.add(chief, EVERYBODY, draft)
    await added.switch(chief, EVERYBODY, provider, on=False)
    await added.switch(chief, EVERYBODY, provider, on=True)
    await added.remove(chief, EVERYBODY, provider)
    entries = (await audit.entries(audit.Filter(resource="provider"))).rows
    done = [entry.action.removeprefix("models.provider_") for entry in entries]
    assert done == ["removed", "switched_on", "switched_off", "added"]
    assert {entry.actor_id for entry in entries} == {chief.id}
    assert KEY not in str(entries)
