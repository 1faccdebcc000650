"""What may be done with one message: another of its siblings shown, taken away, thought something of."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

import msgspec

from app.chat.attachments import service as attachments
from app.chat.messages import queries
from app.chat.messages.passages import passages
from app.chat.messages.queries import Row
from app.core.errors import Conflict, NotFound, Rejected
from app.core.ids import new_id
from app.core.language import marked
from app.database.engine import atomic
from app.index import service as index
from app.jobs.queue import later

MOST_FORKED: Final = 5_000
BATCH: Final = 100
REACTIONS: Final = ("LIKE", "DISLIKE", "HELPFUL", "CONFUSED")
_OPPOSITE: Final = {"LIKE": "DISLIKE", "DISLIKE": "LIKE", "HELPFUL": "CONFUSED", "CONFUSED": "HELPFUL"}


class ToldFile(msgspec.Struct, omit_defaults=True):
    """How much of a file a model was told: so many characters of so many, or the picture; `with_id` is its message."""

    name: str
    with_id: UUID | None = None  # none with the one that is answered
    told: int = 0
    of: int = 0
    is_image: bool = False
    is_shown: bool = False


class Told(msgspec.Struct):
    """What a model was told, as it is kept: the messages by their ids."""

    instructions: str = ""
    messages: list[UUID] = msgspec.field(default_factory=list)
    left_out: int = 0
    files: list[ToldFile] = msgspec.field(default_factory=list)


async def written(user_id: UUID, conversation_id: UUID, ids: Sequence[UUID]) -> list[Row]:
    """These messages, oldest first."""
    return await queries.messages_of(user_id, conversation_id, ids)


async def one(user_id: UUID, conversation_id: UUID, message_id: UUID) -> Row:
    """One message."""
    row = await queries.message_of(user_id, conversation_id, message_id)
    if row is None:
        raise NotFound
    return row


async def choose(user_id: UUID, conversation_id: UUID, message_id: UUID) -> UUID:
    """Show this one in place of its siblings; the last message of the path that is shown then."""
    leaf = await queries.leaf_below(user_id, conversation_id, message_id)
    if leaf is None or not await queries.choose(user_id, conversation_id, message_id, leaf):
        raise NotFound
    return leaf


async def take_away(user_id: UUID, conversation_id: UUID, message_id: UUID) -> None:
    """Take away what it says and the files that came with it, also from what can be found; its answers stay."""
    async with atomic():
        if not await queries.blank(user_id, conversation_id, message_id):
            raise NotFound
        await attachments.take_away(user_id, message_id)
        await index.remove(user_id, "MESSAGE", [message_id])


async def react(user_id: UUID, conversation_id: UUID, message_id: UUID, kind: str) -> None:
    """Think this of it; or no longer, where it was so. Opposites exclude each other."""
    if kind not in REACTIONS:
        raise Rejected
    await one(user_id, conversation_id, message_id)
    async with atomic():
        if await queries.unreact(user_id, message_id, [kind]):
            return
        await queries.unreact(user_id, message_id, [_OPPOSITE[kind]])
        await queries.react(user_id, conversation_id, message_id, kind)


async def fork(user_id: UUID, conversation_id: UUID, message_id: UUID) -> UUID:
    """A new conversation that begins as this one does, up to this message."""
    row = await one(user_id, conversation_id, message_id)
    if row["status"] in ("STREAMING", "QUEUED"):
        raise Conflict(marked("This is still being written. Wait until it has ended."))
    path = await queries.path_to(user_id, conversation_id, message_id, MOST_FORKED + 1)
    if len(path) > MOST_FORKED:
        raise Rejected(marked("This is too far down to begin another conversation from."))
    new_conversation = new_id()
    async with atomic():
        copies = await queries.fork(user_id, conversation_id, new_conversation, path)
        await attachments.copy(user_id, new_conversation, copies)
        await index_later(user_id, new_conversation)
    return new_conversation


async def index_later(user_id: UUID, conversation_id: UUID) -> None:
    """Put every message of a conversation into the index, as a job: for what comes in by the hundred."""
    payload = {"user": str(user_id), "conversation": str(conversation_id)}
    await later("chat.index", payload, user_id=user_id)


async def index_all(user_id: UUID, conversation_id: UUID) -> None:
    """Put every message of a conversation into the index. Twice is as good as once."""
    after: UUID | None = None
    while rows := await queries.some_of(user_id, conversation_id, after, BATCH):
        found = [each for row in rows for each in passages(conversation_id, row["title"], row, row["content"])]
        async with atomic():
            await index.put(user_id, found)
        after = rows[-1]["id"]


async def think(user_id: UUID, conversation_id: UUID, message_id: UUID, kinds: Sequence[str]) -> None:
    """Think exactly this of it, and nothing else."""
    wanted = set(kinds)
    if any(_OPPOSITE[kind] in wanted for kind in wanted):
        raise Rejected(fields={"reactions": marked("These two exclude each other.")})
    if (await one(user_id, conversation_id, message_id))["deleted_at"] is not None:
        raise NotFound
    async with atomic():
        await queries.unreact(user_id, message_id, [kind for kind in REACTIONS if kind not in wanted])
        for kind in sorted(wanted):
            await queries.react(user_id, conversation_id, message_id, kind)


async def told(user_id: UUID, conversation_id: UUID, message_id: UUID) -> tuple[Row, Told, list[Row]]:
    """What the model was told for this reply: the reply, the note of it, and the messages in it."""
    row = await one(user_id, conversation_id, message_id)
    note = await queries.told_of(user_id, conversation_id, message_id)
    if row["role"] != "ASSISTANT" or note is None:
        raise NotFound
    known = msgspec.json.decode(note, type=Told)
    asked = [row["parent_id"], *known.messages]
    return row, known, await queries.texts_of(user_id, conversation_id, asked)


async def count(user_id: UUID) -> int:
    """How many messages this person has."""
    return await queries.count(user_id)
