"""What the composer says and offers: what is left of today, whom to talk with, how to take the word."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from decimal import Decimal

import httpx2
import pytest

from app.ai import session
from app.core.asker import Asker
from app.core.settings import Settings, adopt
from app.database.engine import db
from app.providers import assistants, budgets, usage
from app.providers.assistants import Draft
from app.providers.budgets import Amount
from app.providers.usage import Call
from tests.cast import Player
from tests.chat.talking import begun, send, settled
from tests.provider import Upstream, scripted

SignIn = Callable[[httpx2.AsyncClient, Player], Awaitable[str]]
NOT_LOCAL = "0x7f000001"  # 127.0.0.1 as one number, which nobody takes for this machine
ECHO = "openai/echo"
TEACHER = Draft("Patient teacher", "Explains one step at a time", ECHO, "Teach.")


@pytest.fixture
async def provider(database: object, settings: Settings) -> AsyncIterator[Upstream]:
    """Models that cost something."""
    async with scripted(models={"data": [{"id": "tokens-20"}, {"id": "echo"}]}) as found:
        url = found.url.replace("127.0.0.1", NOT_LOCAL)
        adopt(replace(settings, openai_api_key="sk-test", openai_base_url=url, find_local_models=False))
        yield found
    adopt(settings)
    await session.close()


@pytest.fixture
async def alices(client: httpx2.AsyncClient, alice: Player, sign_in: SignIn, provider: Upstream) -> httpx2.AsyncClient:
    await sign_in(client, alice)
    return client


@pytest.fixture
def chief(root: Player) -> Asker:
    return Asker(root.id, root.name, root.email, "ADMIN")


async def spend(player: Player, tokens: int, cost: str | None = None) -> None:
    await usage.record(player.id, Call("reply", "m", "P", tokens, 0, cost=Decimal(cost) if cost else None))


# What is left ---------------------------------------------------------------------------------------------------------


async def test_a_budget_that_is_far_away_is_not_spoken_of(alices: httpx2.AsyncClient, chief: Asker) -> None:
    await budgets.put(chief, "DEVELOPER", Amount(), Amount(tokens=100_000))
    assert "today's budget" not in (await alices.get("/")).text.replace("&#39;", "'")


@pytest.mark.parametrize(
    ("soft", "hard", "said"),
    [
        (Amount(), Amount(tokens=100_000), "Left of today's budget: 10,000 tokens"),
        (Amount(), Amount(cost=Decimal(1)), "Left of today's budget: $0.05"),
        (Amount(tokens=5), Amount(), "As much as was meant for today is used. Nothing is held back."),
        (Amount(), Amount(tokens=90_000), "Today's budget for models is used up. Until midnight (UTC) Recall answers"),
    ],
)
async def test_a_budget_that_is_near_is_said_before_sending(
    alices: httpx2.AsyncClient, alice: Player, chief: Asker, soft: Amount, hard: Amount, said: str
) -> None:
    await budgets.put(chief, "DEVELOPER", soft, hard)
    await spend(alice, 90_000, "0.95")
    assert said in (await alices.get("/")).text.replace("&#39;", "'")


async def test_with_nothing_left_recall_is_chosen_and_answers(
    alices: httpx2.AsyncClient, alice: Player, chief: Asker
) -> None:
    await budgets.put(chief, "DEVELOPER", Amount(), Amount(tokens=10))
    await spend(alice, 10)
    assert '<option value="rag" selected>' in (await alices.get("/")).text
    talk = await begun(alices)
    assert "I am Recall" in (await alices.get(talk.path)).text


async def test_what_cannot_be_asked_any_more_keeps_what_was_typed(
    alices: httpx2.AsyncClient, alice: Player, chief: Asker
) -> None:
    await budgets.put(chief, "DEVELOPER", Amount(), Amount(tokens=10))
    await spend(alice, 10)
    answer = await send(alices, "/c", text="Do not lose me", model=ECHO)
    assert (answer.status_code, "Do not lose me</textarea>" in answer.text) == (429, True)


async def test_where_nothing_costs_anything_no_budget_is_read(
    client: httpx2.AsyncClient, alice: Player, chief: Asker, sign_in: SignIn
) -> None:
    await sign_in(client, alice)
    await budgets.put(chief, "DEVELOPER", Amount(), Amount(tokens=10))
    await spend(alice, 10)
    assert "used up" not in (await client.get("/")).text


# With whom ------------------------------------------------------------------------------------------------------------


async def with_teacher(client: httpx2.AsyncClient, chief: Asker, **fields: str) -> str:
    """The page of a conversation that was begun with her, and what stood in the composer otherwise."""
    made = await assistants.add(chief, TEACHER)
    usual = "openai/tokens-20"
    given = {"text": "Why?", "model": usual, "usual": usual, "assistant": str(made)}
    answer = await send(client, "/c", **(given | fields))
    assert answer.status_code == 303, answer.text
    await settled()
    return (await client.get(answer.headers["location"])).text


async def test_assistants_are_offered_with_what_they_are_for(alices: httpx2.AsyncClient, chief: Asker) -> None:
    made = await assistants.add(chief, TEACHER)
    page = (await alices.get("/")).text
    assert f'name="assistant" value="{made}"' in page
    assert "Explains one step at a time" in page


async def test_without_assistants_nobody_is_offered_any(alices: httpx2.AsyncClient) -> None:
    assert 'name="assistant"' not in (await alices.get("/")).text


async def test_an_assistant_is_told_what_it_is_for_and_is_named_on_the_page(
    alices: httpx2.AsyncClient, chief: Asker, provider: Upstream
) -> None:
    page = await with_teacher(alices, chief)
    assert ">with Patient teacher<" in page
    asked = next(each for each in provider.asked if each.body)
    assert asked.body["messages"][0] == {"role": "system", "content": "Teach."}


async def test_an_assistant_brings_its_model_where_nobody_chose_another(
    alices: httpx2.AsyncClient, chief: Asker
) -> None:
    await with_teacher(alices, chief)
    assert await db.fetch_value("select model from messages where role = 'ASSISTANT'") == ECHO


async def test_a_model_that_was_chosen_beside_an_assistant_answers(alices: httpx2.AsyncClient, chief: Asker) -> None:
    await with_teacher(alices, chief, model="rag")
    assert await db.fetch_value("select model from messages where role = 'ASSISTANT'") == "rag"


async def test_an_assistant_stays_chosen_where_something_was_wrong(alices: httpx2.AsyncClient, chief: Asker) -> None:
    made = await assistants.add(chief, TEACHER)
    answer = await send(alices, "/c", text="  ", model="openai/tokens-20", assistant=str(made))
    assert (answer.status_code, f'value="{made}" checked' in answer.text) == (400, True)


# Taking the word ------------------------------------------------------------------------------------------------------


async def test_a_conversation_offers_to_stop_and_say_something_instead(alices: httpx2.AsyncClient) -> None:
    talk = await begun(alices)
    assert 'name="steer" value="on"' in (await alices.get(talk.path)).text
    assert 'name="steer"' not in (await alices.get("/")).text
