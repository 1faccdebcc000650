"""A title by the model that answered, as long as today's budget allows it."""

from dataclasses import replace
from typing import Any

import pytest

from app.chat.replies import naming
from app.core.asker import Asker
from app.core.settings import Settings, adopt
from app.database.engine import db
from app.providers import budgets
from app.providers.budgets import Amount
from tests.cast import Player
from tests.chat.replies.talking import count, say, settled
from tests.provider import Upstream

pytestmark = pytest.mark.usefixtures("desk")
NOT_LOCAL = "0x7f000001"  # 127.0.0.1 as one number, which nobody takes for this machine


@pytest.fixture
async def begun(asker: Asker, upstream: Upstream, settings: Settings) -> dict[str, Any]:
    """What the job of a conversation that has just begun is told, with a model that costs something."""
    url = upstream.url.replace("127.0.0.1", NOT_LOCAL)
    adopt(replace(settings, openai_base_url=url, openai_api_key="sk-test", find_local_models=False))
    made = await say(asker)
    await settled(asker.id, made.replies[0])
    said = {"question": str(made.message_id), "reply": str(made.replies[0])}
    return {"user": str(asker.id), "conversation": str(made.conversation_id), **said}


async def title() -> str:
    return str(await db.fetch_value("select title from conversations"))


async def test_a_new_conversation_gets_a_title_of_the_model_s(begun: dict[str, Any]) -> None:
    await naming.name(begun)
    assert (await title()).startswith("the quick")
    assert await count("ai_usage", "action = 'title'") == 1


async def test_a_title_is_not_asked_for_when_the_budget_is_used_up(
    begun: dict[str, Any], upstream: Upstream, root: Player
) -> None:
    chief = Asker(root.id, root.name, root.email, "ADMIN")
    await budgets.put(chief, "DEVELOPER", Amount(), Amount(tokens=1))
    asked = len(upstream.asked)
    await naming.name(begun)
    assert (await title(), len(upstream.asked) - asked) == ("hello", 0)
    assert await count("ai_usage", "action = 'title'") == 0
