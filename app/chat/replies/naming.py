"""A better title for a new conversation, from the model that answered first; the person's own always wins."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from app.ai import upstream
from app.ai.failures import UpstreamFailure
from app.ai.patience import Patience
from app.ai.question import Question, Turn
from app.auth import people
from app.chat.conversations import queries as conversations
from app.chat.messages import queries as messages
from app.chat.replies.answering import BudgetSpent, check_room
from app.chat.replies.live import Key
from app.core import log
from app.core.errors import NotFound
from app.core.text import shortened
from app.database.engine import atomic
from app.jobs.queue import later
from app.providers import service as models
from app.providers import usage
from app.providers.usage import Call

LONGEST_TITLE: Final = 60
_ENOUGH: Final = 1500  # characters of each side
_MOST_TOKENS: Final = 40
_BRIEFLY: Final = Patience(first=20, idle=10, total=30, most_chars=2000, tries=2)
_ASK: Final = (
    "Give this conversation a title of two to six words, in its own language. "
    "Answer with the title alone: no quotes, no full stop."
)
_log = log.logger("app.chat.replies")


async def name_later(key: Key, question: UUID) -> None:
    """Find a title, in a job, for a conversation that has just begun."""
    payload = {"user": str(key.user_id), "conversation": str(key.conversation_id)}
    messages_ = {"question": str(question), "reply": str(key.message_id)}
    await later("chat.name", {**payload, **messages_}, user_id=key.user_id, most_attempts=1)


async def name(payload: Mapping[str, str]) -> None:
    """Ask the model. Where it fails, the first words of the person stay the title."""
    user_id, conversation_id = UUID(payload["user"]), UUID(payload["conversation"])
    rows = await messages.messages_of(user_id, conversation_id, [UUID(payload["question"]), UUID(payload["reply"])])
    model = rows[-1]["model"] if rows else None
    if len(rows) < 2 or not model or not rows[-1]["content"]:  # noqa: PLR2004 - one of each side
        return
    try:
        title = await _asked(user_id, model, [row["content"][:_ENOUGH] for row in rows])
    except (UpstreamFailure, NotFound, BudgetSpent) as failure:
        _log.info("No title for a conversation: %s", failure.name)
        return
    if title:
        await conversations.suggest_title(user_id, conversation_id, title)


async def _asked(user_id: UUID, path: str, said: list[str]) -> str:
    choice = await models.choice(user_id, path)
    if choice.endpoint is None:
        return ""
    await check_room(user_id, (await people.profile(user_id)).role, [choice])
    turns = (Turn("user", f"{said[0]}\n\n---\n\n{said[1]}\n\n---\n\n{_ASK}"),)
    question, text = Question(choice.model.id, turns, most_tokens=_MOST_TOKENS), ""
    async for piece in upstream.ask(choice.endpoint, question, _BRIEFLY):
        text += piece.text
    tokens = usage.estimated_tokens(turns[0].text), usage.estimated_tokens(text)
    async with atomic():
        cost = usage.cost(choice.model, *tokens)
        await usage.record(user_id, Call("title", path, choice.model.provider, *tokens, is_estimated=True, cost=cost))
    return shortened(text.strip().strip("\"'“”«».# "), LONGEST_TITLE)
