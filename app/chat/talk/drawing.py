"""From rows to what a page shows: stored HTML where a message has settled, a growing sheet where it has not."""

from collections.abc import Sequence
from uuid import UUID

from app.chat.conversations.folders import Folder
from app.chat.messages import shown
from app.chat.messages.queries import Row
from app.chat.messages.shown import Stretch
from app.chat.replies.desk import hall
from app.chat.replies.live import STREAMING
from app.chat.talk.attaching import Slip
from app.chat.talk.sheet import sheet_of
from app.chat.talk.views import BesidePart, Composer, ComposerPart, Drawn, MessagePart, part_of, parts_of
from app.core.asker import Asker
from app.core.ids import new_id
from app.markup.html import Html
from app.markup.render import rendered_later
from app.providers import service as models

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


async def composer(asker: Asker, talk: Row | None, slip: Slip, folder: Folder | None = None) -> ComposerPart:
    """A composer for this conversation, or for a new one, perhaps in a folder."""
    of_folder = folder.default_model if folder else talk["folder_model"] if talk else None
    return ComposerPart(
        Composer(
            action=f"/c/{talk['id']}" if talk else "/c",
            draft=f"/c/{talk['id'] if talk else asker.id}/draft",
            key=str(new_id()),
            parent=talk["leaf_id"] if talk else None,
            text=slip.text,
            model=await models.default_path(asker.id, talk["model"] if talk else None, of_folder, asker.default_model),
            models=await models.models_for(asker.id),
            error=slip.error,
            folder=str(folder.id) if folder else "",
            attached=slip.attached,
        )
    )


async def fresh_composer(asker: Asker, conversation_id: UUID, model: str, leaf: UUID) -> ComposerPart:
    """The empty composer that follows a message."""
    made = Composer(
        action=f"/c/{conversation_id}",
        draft=f"/c/{conversation_id}/draft",
        key=str(new_id()),
        parent=leaf,
        text="",
        model=model,
        models=await models.models_for(asker.id),
    )
    return ComposerPart(made, with_swap=True)


async def begun(user_id: UUID, rows: Sequence[Row]) -> Stretch:
    """What was just written, as a stretch: it has no siblings to show yet, but perhaps several columns."""
    said, replies = [row for row in rows if row["role"] == "USER"], [row for row in rows if row["role"] != "USER"]
    beside = {replies[0]["beside_id"]: replies} if len(replies) > 1 else {}
    attached, rows = await shown.attached(user_id, said), [*said, *replies[-1:]]
    return Stretch(rows, {}, {}, has_earlier=False, has_later=False, beside=beside, attached=attached)
