"""Saying something, and having it answered: the turn is stored before anybody is asked, and never lost after."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from app.auth import people
from app.chat.attachments import service as attachments
from app.chat.attachments.service import Attached
from app.chat.conversations import folders
from app.chat.messages import service as messages
from app.chat.replies import answering, settling
from app.chat.replies.answering import Answer, Asking
from app.chat.replies.desk import hall, runner, scribe
from app.chat.replies.live import STREAMING, Key
from app.chat.replies.queries import runs, turns
from app.chat.replies.queries.turns import Asked, Opening, Past, Row, Said, Turn
from app.core.asker import Asker
from app.core.clock import now
from app.core.errors import Conflict, NotFound, Rejected, TooLarge, TooMany, Unavailable
from app.core.ids import new_id
from app.core.language import marked
from app.core.text import is_clean, shortened
from app.database.engine import atomic
from app.preferences import service as preferences
from app.providers.catalogue import RECALL_PATH

LONGEST_MESSAGE: Final = 400_000
LONGEST_TITLE: Final = 50
MOST_BESIDE: Final = 4
_MOST_READ: Final = 360_000  # characters of the past, for the largest context that we use


@dataclass(frozen=True, slots=True, kw_only=True)
class Saying:
    """What a person sends. Without a conversation it begins one; without a parent it follows what was said last."""

    text: str
    key: str
    conversation_id: UUID | None = None
    parent_id: UUID | None = None
    models: Sequence[str] = ()
    folder_id: UUID | None = None
    assistant_id: UUID | None = None
    temporary: bool = False
    attached: Sequence[UUID] = ()
    like_id: UUID | None = None  # the message that this is another version of: its files come along
    ends_draft: bool = False  # what was begun to be written there is what is sent now
    steers: bool = False  # it takes the word from the reply that is being written, instead of waiting for its end


@dataclass(frozen=True, slots=True)
class Begun:
    """What came of it: the message, and the replies that are being written. None yet, where it waits for one."""

    conversation_id: UUID
    message_id: UUID
    replies: Sequence[UUID]
    rows: Sequence[Row] = ()  # as they were written, where they were written just now
    is_metered: bool = False  # it counts for the budget


async def say(asker: Asker, saying: Saying) -> Begun:
    """Store what this person says, and have it answered. The same key twice is one message."""
    saying = replace(saying, key=saying.key or str(new_id()))  # what comes without a key is a message of its own
    try:
        files = await _files(asker.id, saying)
    except Rejected:  # they hang on a message already: perhaps on this very one
        if await turns.sent_before(asker.id, saying.key) is None:
            raise
        return await _sent_before(asker.id, saying)
    _check(saying, files)
    past = await _past(asker.id, saying.conversation_id, saying.parent_id)
    setting = past or await _opened_in(asker.id, saying)
    asking = Asking(saying.text, files)
    answers = await answering.prepared(asker, saying.models[:MOST_BESIDE], setting, asking, saying.assistant_id)
    turn = replace(_turn(asker.id, saying, past, answers), preview=_preview(asking), files=len(files))
    opening = None if saying.conversation_id else _opening(saying, shortened(turn.preview, LONGEST_TITLE), answers[0])
    rows = await _written(turn, opening)
    if not rows:
        before = await _sent_before(asker.id, saying)
        if before.message_id != turn.message_id:
            return before
    _start(turn, answers)
    if turn.status == "QUEUED" and past is not None:
        if saying.steers:
            await _stop_above(asker.id, past)
        await _answer_if_ended(asker.id, past)
    is_metered = any(answer.choice.model.is_metered for answer in answers)
    return Begun(turn.conversation_id, turn.message_id, [reply.id for reply in turn.replies], rows, is_metered)


async def _files(user_id: UUID, saying: Saying) -> list[Attached]:
    """What comes with it: those of the message that it is a version of, and what was attached."""
    like = await _of(user_id, saying.like_id) if saying.like_id else []
    return [*like, *await attachments.to_send(user_id, saying.attached)]


async def _of(user_id: UUID, message_id: UUID) -> list[Attached]:
    return (await attachments.of_messages(user_id, [message_id])).get(message_id, [])


async def _written(turn: Turn, opening: Opening | None) -> list[Row]:
    """Write the turn. Where the answer to that is lost it may be there: then a second try changes nothing."""
    try:
        return await _stored(turn, opening)
    except Unavailable:
        return await _stored(turn, opening)


async def _stored(turn: Turn, opening: Opening | None) -> list[Row]:
    """With its files or not at all; where there are none, one statement is all of it."""
    if not turn.files:
        return await (turns.go_on(turn) if opening is None else turns.begin(turn, opening))
    async with atomic():
        rows = await (turns.go_on(turn) if opening is None else turns.begin(turn, opening))
        if rows and turn.like_id:
            await attachments.copy(turn.user_id, turn.conversation_id, {turn.like_id: turn.message_id})
        if rows:
            after = turn.files - len(turn.attached)
            await attachments.hang(turn.user_id, turn.conversation_id, turn.message_id, turn.attached, after)
    return rows


async def regenerate(asker: Asker, conversation_id: UUID, message_id: UUID, models: Sequence[str] = ()) -> Begun:
    """One more reply (or several) to a message of the person's, beside those that there are."""
    past = await _past(asker.id, conversation_id, message_id)
    if past is None or past.said[0].role != "USER":
        raise NotFound
    said = past.said[0]
    answers = await answering.prepared(
        asker, models[:MOST_BESIDE], _before(past), await _said_again(asker.id, said), None
    )
    turn = _again(asker.id, past, answers)
    if not await turns.reply(turn):
        raise NotFound
    _start(turn, answers)
    return Begun(conversation_id, said.id, [reply.id for reply in turn.replies])


async def go_on(asker: Asker, conversation_id: UUID, message_id: UUID) -> Begun:
    """Take up a reply where it ended."""
    past = await _past(asker.id, conversation_id, message_id)
    if past is None or past.said[0].role != "ASSISTANT":
        raise NotFound
    known = past.said[0]
    (answer,) = await answering.prepared(asker, (), past, Asking(answering.GO_ON), None)
    turn = _again(asker.id, past, ())
    written = None if known.status == STREAMING else await turns.go_on_writing(turn, len(known.content))
    if written is None:
        raise Conflict
    live = answering.resumed(
        Key(asker.id, conversation_id, message_id), turn.epoch, written["content"], written["reasoning"]
    )
    runner.start(live, answer.source, settling.by(answer, None))
    settling.tell(live.key)
    return Begun(conversation_id, known.parent_id, [message_id])


async def stop(user_id: UUID, conversation_id: UUID, message_id: UUID) -> None:
    """Stop this reply, whoever writes it. What it has said stays; to stop what has ended by itself is no mistake."""
    live = hall.lives.get(message_id)
    if live is not None and live.key == Key(user_id, conversation_id, message_id):
        runner.stop(live)
    else:
        await messages.one(user_id, conversation_id, message_id)
        await runs.request_stop(user_id, message_id)


async def _said_again(user_id: UUID, said: Said) -> Asking:
    return Asking(said.content, await _of(user_id, said.id) if said.attached else ())


def _check(saying: Saying, files: Sequence[Attached]) -> None:
    if not (saying.text.strip() or files):
        raise Rejected(fields={"text": marked("Write something first.")})
    if len(saying.text) > LONGEST_MESSAGE:
        raise TooLarge(marked("This is longer than one message can be. Send it in parts, or as a file."))
    if not is_clean(saying.text):
        raise Rejected(fields={"text": marked("This has a character that cannot be stored. Please remove it.")})


async def _past(user_id: UUID, conversation_id: UUID | None, message_id: UUID | None) -> Past | None:
    """The conversation up to this message. To follow the conversation itself is to begin it anew, beside the rest."""
    if conversation_id is None:
        return None
    past = await turns.past(user_id, conversation_id, message_id, _MOST_READ)
    if past is None or (message_id not in (None, conversation_id) and not past.said):
        raise NotFound
    return past


async def _opened_in(user_id: UUID, saying: Saying) -> Past | None:
    """A conversation that begins in a folder, with what holds there."""
    if saying.folder_id is None:
        return None
    try:
        folder = await folders.one(user_id, saying.folder_id)
    except NotFound:
        raise Rejected(fields={"folder_id": marked("There is no such folder.")}) from None
    return Past(
        id=folder.id,
        model=None,
        instructions=(folder.instructions,),
        folder_model=folder.default_model,
        assistant_id=saying.assistant_id,
        temporary=saying.temporary,
    )


def _before(past: Past) -> Past:
    """The same without its newest message."""
    return replace(past, said=past.said[1:])


def _turn(user_id: UUID, saying: Saying, past: Past | None, answers: Sequence[Answer]) -> Turn:
    conversation_id = saying.conversation_id or new_id()
    parent = past.said[0] if past and past.said else None
    is_waiting = parent is not None and parent.status in (STREAMING, "QUEUED")
    return Turn(
        user_id=user_id,
        conversation_id=conversation_id,
        message_id=new_id(),
        parent_id=parent.id if parent else conversation_id,
        depth=parent.depth + 1 if parent else 0,
        text=saying.text,
        preview="",
        key=saying.key,
        moment=now(),
        owner=scribe.name,
        replies=() if is_waiting else _asked(answers),
        beside_id=new_id() if len(answers) > 1 else None,
        status="QUEUED" if is_waiting else "DONE",
        attached=saying.attached,
        like_id=saying.like_id,
        ends_draft=saying.ends_draft,
        wishes=saying.models[:MOST_BESIDE] if is_waiting else None,
    )


def _again(user_id: UUID, past: Past, answers: Sequence[Answer]) -> Turn:
    said = past.said[0]
    return Turn(
        user_id=user_id,
        conversation_id=past.id,
        message_id=said.id,
        parent_id=said.parent_id,
        depth=said.depth,
        text=said.content,
        preview="",
        key="",
        moment=now(),
        owner=scribe.name,
        replies=_asked(answers),
        beside_id=new_id() if len(answers) > 1 else None,
    )


def _asked(answers: Sequence[Answer]) -> list[Asked]:
    return [Asked(new_id(), answer.path, answer.provider, answer.prompt.told()) for answer in answers]


def _preview(asking: Asking) -> str:
    """The words; where there are none, what the files are called."""
    return shortened(asking.text or ", ".join(each.name for each in asking.files), settling.LONGEST_PREVIEW)


def _opening(saying: Saying, title: str, answer: Answer) -> Opening:
    return Opening(
        title=title,
        model=answer.path,
        folder_id=saying.folder_id,
        assistant_id=saying.assistant_id,
        temporary=saying.temporary,
    )


def _start(turn: Turn, answers: Sequence[Answer]) -> None:
    for reply, answer in zip(turn.replies, answers, strict=bool(turn.replies)):
        live = answering.fresh(Key(turn.user_id, turn.conversation_id, reply.id), turn.epoch)
        runner.start(live, answer.source, settling.by(answer, turn))
    settling.tell(Key(turn.user_id, turn.conversation_id, turn.message_id))


async def _sent_before(user_id: UUID, saying: Saying) -> Begun:
    row = await turns.sent_before(user_id, saying.key) if saying.key else None
    if row is None:  # the conversation went while this was on its way
        raise NotFound
    if row["content"] != saying.text:
        raise Rejected(fields={"text": marked("This was sent before, in other words. Send it once more to say both.")})
    return Begun(row["conversation_id"], row["id"], row["replies"])


async def _asker(user_id: UUID) -> Asker:
    """The person, as far as an answer needs to know them who are not here to ask."""
    profile, taste = await people.profile(user_id), await preferences.of(user_id)
    return Asker(
        id=user_id,
        name=profile.name,
        email=profile.email,
        role=profile.role,
        language=taste.language,
        default_model=taste.default_model or "",
        instructions=taste.instructions,
    )


async def answer_waiting(key: Key) -> None:
    """Answer the messages that were sent while this reply was being written."""
    for waiting, wishes in await turns.queued_below(key.user_id, key.message_id):
        past = await _past(key.user_id, key.conversation_id, waiting)
        if past is not None:
            await _answer(await _asker(key.user_id), past, wishes)


async def _answer(asker: Asker, past: Past, wishes: Sequence[str]) -> None:
    before, asking = _before(past), await _said_again(asker.id, past.said[0])
    try:
        answers = await answering.prepared(asker, wishes, before, asking, None)
    except (TooMany, NotFound):  # nobody is here to be told that it cannot be done, but an answer there shall be
        answers = await answering.prepared(asker, [RECALL_PATH], before, asking, None)
    turn = _again(asker.id, past, answers)
    with_it = [said.id for said in before.said if said.status == "QUEUED"]
    if await turns.reply(turn, only_queued=True, with_it=with_it):
        _start(turn, answers)


async def _stop_above(user_id: UUID, past: Past) -> None:
    """Stop what is being waited for, and whatever else is written beside it."""
    above = _awaited(past)
    for reply in await turns.written_beside(user_id, past.id, above.parent_id):
        await stop(user_id, past.id, reply)


def _awaited(past: Past) -> Said:
    """The reply that the newest messages wait for."""
    return next(said for said in past.said if said.status != "QUEUED")


async def _answer_if_ended(user_id: UUID, past: Past) -> None:
    """What was to wait for a reply that ended in this very moment would wait for ever."""
    above = _awaited(past)
    row = await runs.so_far(user_id, above.id)
    if row is not None and row["status"] != STREAMING:
        await answer_waiting(Key(user_id, past.id, above.id))


settling.afterwards(answer_waiting)
