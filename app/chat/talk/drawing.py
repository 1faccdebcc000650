"""From rows to what a page shows: stored HTML where a message has settled, a growing sheet where it has not."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from app.chat.attachments.service import Attached
from app.chat.conversations.folders import Folder
from app.chat.messages import shown
from app.chat.messages.queries import Row
from app.chat.messages.shown import Stretch
from app.chat.replies.desk import hall
from app.chat.replies.live import STREAMING
from app.chat.replies.service import Begun
from app.chat.talk.sheet import sheet_of
from app.chat.talk.views import (
    BesidePart,
    Composer,
    ComposerPart,
    Drawn,
    Left,
    MessagePart,
    SlipPart,
    part_of,
    parts_of,
)
from app.core.asker import Asker
from app.core.ids import new_id
from app.markup.html import Html
from app.markup.render import rendered_later
from app.providers import assistants, budgets
from app.providers import service as models
from app.providers.catalogue import RECALL_PATH

_NOTHING = Html("")


async def drawn(user_id: UUID, stretch: Stretch) -> list[MessagePart | BesidePart]:
    """The messages of a stretch, as they are at this moment."""
    return parts_of(stretch, await _all(user_id, stretch))


async def alone(user_id: UUID, conversation_id: UUID, message_id: UUID) -> MessagePart:
    """One message by itself."""
    stretch = await shown.one(user_id, conversation_id, message_id)
    return part_of(stretch.rows[0], stretch, await _all(user_id, stretch))


async def _all(user_id: UUID, stretch: Stretch) -> dict[UUID, Drawn]:
    rows = [*stretch.rows, *(row for group in stretch.beside.values() for row in group)]
    return {row["id"]: await _drawn(user_id, row) for row in {row["id"]: row for row in rows}.values()}


async def _drawn(user_id: UUID, row: Row) -> Drawn:
    if row["role"] == "ASSISTANT" and row["status"] == STREAMING:
        return await _growing(user_id, row)
    if row["role"] == "USER":
        return _NOTHING, _NOTHING, _NOTHING, row["content"], len(row["content"])
    html = Html(row["html"]) if row["html"] is not None else await rendered_later(row["content"])
    return html, _NOTHING, _NOTHING, row["content"], len(row["content"])


async def _growing(user_id: UUID, row: Row) -> Drawn:
    async with hall.listening(user_id, row["conversation_id"], row["id"]) as live:
        sheet = sheet_of(live)
        sheet.draw()
        return _NOTHING, Html(sheet.finished(0)), Html(sheet.tail), live.answer.text, sheet.length


@dataclass(frozen=True, slots=True)
class Typed:
    """What stood in a composer that did not get through, and why it did not."""

    text: str = ""
    model: str = ""
    assistant: str = ""
    error: str = ""
    attached: Sequence[Attached] = ()


BLANK: Final = Typed()


async def composer(asker: Asker, talk: Row, typed: Typed = BLANK, leaf: UUID | None = None) -> ComposerPart:
    """The composer of a conversation; what is said follows the leaf."""
    usual = (talk["model"], talk["folder_model"], asker.default_model)
    return ComposerPart(
        Composer(
            action=f"/c/{talk['id']}",
            draft=f"/c/{talk['id']}/draft",
            key=str(new_id()),
            parent=leaf or talk["leaf_id"],
            text=typed.text,
            error=typed.error,
            attached=typed.attached,
            **await _answering(asker, usual, typed.model),
        )
    )


async def first_composer(asker: Asker, typed: Typed = BLANK, folder: Folder | None = None) -> ComposerPart:
    """The composer of a conversation that is to be, perhaps in a folder, perhaps with an assistant."""
    return ComposerPart(
        Composer(
            action="/c",
            draft=f"/c/{asker.id}/draft",
            key=str(new_id()),
            parent=None,
            text=typed.text,
            error=typed.error,
            attached=typed.attached,
            folder=str(folder.id) if folder else "",
            assistants=await assistants.listed(),
            assistant=typed.assistant,
            **await _answering(asker, (folder.default_model if folder else None, asker.default_model), typed.model),
        )
    )


async def fresh_slip(asker: Asker, begun: Begun) -> SlipPart:
    """The empty slip that follows a message."""
    action = f"/c/{begun.conversation_id}"
    left = await _left(asker) if begun.is_metered else None
    leaf = begun.replies[-1] if begun.replies else begun.message_id
    made = Composer(action, f"{action}/draft", str(new_id()), leaf, text="", model="", usual="", models=(), left=left)
    return SlipPart(made)


async def _answering(asker: Asker, wishes: Sequence[str | None], chosen: str = "") -> dict[str, Any]:
    """Who can answer, who does as a rule, who shall now, and what is left for that."""
    there = await models.models_for(asker.id)
    usual = await models.default_path(asker.id, *wishes)
    model = await models.default_path(asker.id, chosen, usual) if chosen else usual
    left = await _left(asker) if any(each.is_metered for each in there) else None
    if left and left.is_over and any(each.path == model and each.is_metered for each in there):
        usual, model = "", RECALL_PATH
    return {"models": there, "left": left, "model": model, "usual": usual}


async def _left(asker: Asker) -> Left | None:
    """What is left of today's budget, where that is not much."""
    room = await budgets.room(asker.id, asker.role)
    return Left(room.left.tokens, room.left.cost, room.is_over) if room.is_near else None


async def begun(user_id: UUID, rows: Sequence[Row]) -> Stretch:
    """What was just written, as a stretch: it has no siblings to show yet, but perhaps several columns."""
    said, replies = [row for row in rows if row["role"] == "USER"], [row for row in rows if row["role"] != "USER"]
    beside = {replies[0]["beside_id"]: replies} if len(replies) > 1 else {}
    attached, rows = await shown.attached(user_id, said), [*said, *replies[-1:]]
    return Stretch(rows, {}, {}, has_earlier=False, has_later=False, beside=beside, attached=attached)
