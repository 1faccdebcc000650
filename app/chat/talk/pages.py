"""A conversation as a page, wherever in it one looks; and what lies further up or down, for a page that is scrolled."""

from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from app.chat.conversations import beside
from app.chat.conversations import service as conversations
from app.chat.conversations.views import choices, model_choices
from app.chat.conversations.wording import PLACES
from app.chat.messages import shown
from app.chat.messages.finding import Hits
from app.chat.messages.shown import Stretch
from app.chat.replies.answering import BudgetSpent
from app.chat.talk import drawing
from app.chat.talk.drawing import BLANK, Typed
from app.chat.talk.views import ConversationPage, FindPart, StretchPart, Talk, mended
from app.core.asker import Asker
from app.core.errors import AppError, Rejected, TooLarge
from app.providers.catalogue import ModelGone
from app.web.translations import gettext

# What is told at the field where the text still stands.
BESIDE_THE_FIELD: Final = (Rejected, TooLarge, BudgetSpent, ModelGone)


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a conversation one looks; at its end, where nothing is named."""

    at: UUID | None = None
    before: UUID | None = None
    after: UUID | None = None

    @property
    def is_further(self) -> bool:
        """Whether something is asked for that follows on what is shown already."""
        return self.at is None and bool(self.before or self.after)

    async def stretch(self, user_id: UUID, talk: conversations.Row, most: int = shown.MOST_SHOWN) -> Stretch:
        """What is shown there."""
        if self.at is not None:
            return await shown.around(user_id, talk, self.at)
        if self.before is not None:
            return await shown.above(user_id, talk, self.before, most)
        if self.after is not None:
            return await shown.below(user_id, talk, self.after, most)
        return await shown.at_the_end(user_id, talk)


THE_END: Final = Place()


async def further(person: Asker, conversation_id: UUID, place: Place) -> StretchPart:
    """More messages on one side of those that are shown."""
    talk = await conversations.conversation(person.id, conversation_id)
    stretch = await place.stretch(person.id, talk, shown.MORE)
    part = await _part(person, talk, stretch, place.after or talk["leaf_id"])
    return part.above() if place.before else part.below()


async def _part(person: Asker, talk: conversations.Row, stretch: Stretch, end: UUID | None) -> StretchPart:
    rows = stretch.rows
    address = f"/c/{talk['id']}"
    return StretchPart(
        messages=await drawing.drawn(person.id, stretch),
        earlier=f"{address}?before={rows[0]['id']}" if stretch.has_earlier else "",
        later=f"{address}?after={rows[-1]['id']}" if stretch.has_later else "",
        leaf=rows[-1]["id"] if rows and not stretch.has_later else end,
    )


async def page(person: Asker, conversation_id: UUID, place: Place = THE_END, typed: Typed = BLANK) -> ConversationPage:
    """The page."""
    talk = await conversations.conversation(person.id, conversation_id)
    stretch = await place.stretch(person.id, talk)
    if not stretch.rows:  # nothing lies there any more, or not yet
        stretch = await shown.at_the_end(person.id, talk)
    await conversations.read(person.id, conversation_id)
    part = await beside.list_for(person.id, conversation_id, talk["folder_id"])
    said = await _part(person, talk, stretch, talk["leaf_id"])
    composer = await drawing.composer(person, talk, replace(typed, text=typed.text or talk["draft"]), said.leaf)
    return ConversationPage(
        here=_talk(talk),
        stretch=said,
        find=FindPart(conversation_id, "", Hits(), talk["temporary"]),
        composer=composer,
        groups=part.groups,
        older=part.older,
        current=conversation_id,
        stands=part.stands,
        places=[("", gettext("In no folder")), *choices(part.stands)],
        models=model_choices(composer.composer.models, talk["model"] or ""),
        errors={},
    )


async def wrongly_edited(
    person: Asker, conversation_id: UUID, message_id: UUID, typed: str, wrong: AppError
) -> ConversationPage:
    """The page around a message, which says beside the field why it cannot be said so."""
    drawn = await page(person, conversation_id, Place(at=message_id))
    parts = mended(drawn.stretch.messages, message_id, typed, sentence_of(wrong))
    return replace(drawn, stretch=replace(drawn.stretch, messages=parts))


def _talk(row: conversations.Row) -> Talk:
    return Talk(
        id=row["id"],
        title=row["title"],
        folder=row["folder"] or "",
        folder_id=row["folder_id"] if row["folder"] else None,
        assistant=row["assistant"] or "",
        model=row["model"] or "",
        instructions=row["instructions"],
        temporary=row["temporary"],
        is_pinned=row["pinned_at"] is not None,
        is_archived=row["archived_at"] is not None,
        came_from=PLACES.get(row["origin"], ""),
    )


def sentence_of(wrong: AppError) -> str:
    """What is said beside the field."""
    fields = getattr(wrong, "fields", {})
    return next(iter(fields.values()), "") or wrong.msgid
