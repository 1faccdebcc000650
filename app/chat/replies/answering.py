"""Who answers, and what they are told: a model of a provider, or the house's own Recall."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final
from uuid import UUID

from app.ai import upstream
from app.ai.question import Question
from app.chat.attachments.service import Attached
from app.chat.replies import files, prompt, recall
from app.chat.replies.live import Key, Live
from app.chat.replies.prompt import Prompt
from app.chat.replies.queries.turns import Past
from app.chat.replies.runner import Source
from app.core.asker import Asker
from app.core.errors import NotFound, TooMany
from app.core.language import marked
from app.providers import assistants, budgets
from app.providers import service as models
from app.providers.catalogue import Choice

GO_ON: Final = "Continue exactly where you stopped. Do not repeat anything, and do not comment on it."


class BudgetSpent(TooMany):
    """Today's budget is used up."""

    code = "BUDGET_SPENT"
    sentence = marked("Today's budget for models is used up. It is renewed at midnight (UTC); Recall still answers.")


@dataclass(frozen=True, slots=True)
class Asking:
    """What is said now, and the files that come with it."""

    text: str
    files: Sequence[Attached] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """One reply to come: by whom, told what, and where its words come from."""

    choice: Choice
    prompt: Prompt
    source: Source

    @property
    def path(self) -> str:
        return self.choice.model.path

    @property
    def provider(self) -> str:
        return self.choice.model.provider


async def prepared(
    asker: Asker, wishes: Sequence[str], past: Past | None, asking: Asking, assistant_id: UUID | None
) -> list[Answer]:
    """An answer by each of these models; or by the one that the conversation, its folder or its person prefers."""
    told, preferred = await _assistant(past.assistant_id if past else assistant_id)
    own = () if past is None else (past.model, past.folder_model)
    paths = list(wishes) or [await models.default_path(asker.id, *own, preferred, asker.default_model)]
    choices = [await models.choice(asker.id, path) for path in dict.fromkeys(paths)]
    await check_room(asker.id, asker.role, choices)
    instructions = (asker.instructions, told, *(past.instructions if past else ()))
    sees = any(choice.model.sees for choice in choices)
    given = await files.gathered(asker.id, asking.files, past.said if past else (), sees=sees)
    turn = partial(prompt.written, instructions, past.said if past else (), asking.text)
    return [
        _answer(asker, choice, turn(choice.model.context, replace(given, sees=choice.model.sees)), (past, asking.text))
        for choice in choices
    ]


async def _assistant(assistant_id: UUID | None) -> tuple[str, str | None]:
    """What an assistant adds, and which model it prefers. One that is gone adds nothing."""
    if assistant_id is None:
        return "", None
    try:
        found = await assistants.one(assistant_id)
    except NotFound:
        return "", None
    return found.instructions, found.model_path


async def check_room(person: UUID, role: str, choices: Sequence[Choice]) -> None:
    """Raise where today's budget is used up."""
    if not any(choice.model.is_metered for choice in choices):
        return
    if (await budgets.room(person, role)).is_over:
        raise BudgetSpent(retry_after=3600)


def _answer(asker: Asker, choice: Choice, told: Prompt, about: tuple[Past | None, str]) -> Answer:
    past, text = about
    if choice.endpoint is None:
        return Answer(choice, told, partial(recall.answer, asker.id, asker.language, text, past.id if past else None))
    return Answer(choice, told, partial(upstream.ask, choice.endpoint, Question(choice.model.id, told.turns)))


def fresh(key: Key, epoch: int) -> Live:
    """A reply that has not said anything yet."""
    return Live(key, epoch)


def resumed(key: Key, epoch: int, text: str, reasoning: str) -> Live:
    """A reply that goes on after this."""
    live = Live(key, epoch)
    live.add(text, reasoning)
    return live
