"""What the page of a conversation shows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import ClassVar, Final
from uuid import UUID

from app.ai.failures import UpstreamFailure
from app.chat.attachments.service import LARGEST, MOST, Attached
from app.chat.conversations.views import Group, StandShown
from app.chat.messages.finding import Hits
from app.chat.messages.queries import Row
from app.chat.messages.service import ToldFile
from app.chat.messages.shown import Stretch
from app.core.language import marked
from app.markup.html import Html
from app.providers.assistants import Assistant
from app.providers.catalogue import Model
from app.web.view import View

# Why a reply ended early, as its reader needs to know it; the codes of `app.ai.failures` among them.
ENDS: Final = {
    "STOPPED": marked("You stopped it here."),
    "INTERRUPTED": marked("It was interrupted. What had come by then is kept."),
    "LENGTH": marked("It reached the length that the model may write at once."),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """One message as it stands on the page."""

    id: UUID
    conversation_id: UUID
    role: str
    text: str
    html: Html
    status: str
    why: str
    model: str
    provider: str
    at: datetime
    is_deleted: bool
    reasoning: str
    reasoning_ms: int | None
    tokens_in: int | None
    tokens_out: int | None
    tokens_estimated: bool
    cost: Decimal | None
    first_token_ms: int | None
    duration_ms: int | None
    number: int
    count: int
    previous: UUID | None
    next: UUID | None
    reactions: frozenset[str]
    frozen: Html
    tail: Html
    length: int
    is_beside: bool
    attached: Sequence[Attached]
    typed: str = ""  # what it shall say instead, where that could not be taken
    wrong: str = ""

    @property
    def address(self) -> str:
        return f"/c/{self.conversation_id}/m/{self.id}"

    @property
    def is_streaming(self) -> bool:
        return self.status == "STREAMING"

    @property
    def may_go_on(self) -> bool:
        return self.status in ("STOPPED", "INTERRUPTED") or (self.status == "DONE" and bool(self.why))


@dataclass(frozen=True, slots=True)
class MessagePart(View):
    """One message: the person's, or a reply with its note in the margin."""

    template: ClassVar = "chat/_message.html"
    message: Shown


@dataclass(frozen=True, slots=True)
class BesidePart(View):
    """Replies of several models to one message, in columns, until one of them is kept."""

    template: ClassVar = "chat/_beside.html"
    messages: Sequence[MessagePart]


@dataclass(frozen=True, slots=True)
class Left:
    """What is left of today's budget, told where it is not much; None is not bounded."""

    tokens: int | None
    cost: Decimal | None
    is_over: bool


@dataclass(frozen=True, slots=True)
class Composer:
    """The slip of paper at the foot: where it sends to, and what stands on it."""

    action: str
    draft: str
    key: str
    parent: UUID | None
    text: str
    model: str
    usual: str
    models: Sequence[Model]
    left: Left | None = None
    assistants: Sequence[Assistant] = ()
    error: str = ""
    folder: str = ""
    assistant: str = ""
    attached: Sequence[Attached] = ()
    largest: int = LARGEST
    most: int = MOST


@dataclass(frozen=True, slots=True)
class ComposerPart(View):
    """The composer."""

    template: ClassVar = "chat/_composer.html"
    composer: Composer
    with_swap: bool = False


@dataclass(frozen=True, slots=True)
class SlipPart(View):
    """What of the composer is new after every send: the field, its key, and what it follows. The rest stays."""

    template: ClassVar = "chat/_slip.html"
    composer: Composer
    with_swap: bool = True


@dataclass(frozen=True, slots=True)
class SaidPart(View):
    """What was just said, the replies that begin, and a fresh slip to write on."""

    template: ClassVar = "chat/_said.html"
    messages: Sequence[MessagePart | BesidePart]
    slip: SlipPart


@dataclass(frozen=True, slots=True)
class Talk:
    """The conversation itself."""

    id: UUID
    title: str
    folder: str
    folder_id: UUID | None
    assistant: str
    model: str
    instructions: str
    temporary: bool
    is_pinned: bool
    is_archived: bool
    came_from: str


@dataclass(frozen=True, slots=True)
class StretchPart(View):
    """Messages that follow one another, between what leads further up and further down.

    Where there is no more an address is empty; it is None where that side is shown already. What is said at the end
    follows the leaf.
    """

    template: ClassVar = "chat/_stretch.html"
    messages: Sequence[MessagePart | BesidePart]
    earlier: str | None
    later: str | None
    leaf: UUID | None

    def above(self) -> "StretchPart":
        """The same, to stand above what is shown."""
        return replace(self, later=None)

    def below(self) -> "StretchPart":
        """The same, to stand below it."""
        return replace(self, earlier=None)


@dataclass(frozen=True, slots=True)
class FindPart(View):
    """What to find in a conversation, and what was found. Its region `found` is what changes."""

    template: ClassVar = "chat/_find.html"
    conversation_id: UUID
    asked: str
    hits: Hits
    is_temporary: bool


@dataclass(frozen=True, slots=True)
class FindPage(View):
    """The same as a page of its own."""

    template: ClassVar = "chat/find.html"
    title: str
    find: FindPart


@dataclass(frozen=True, slots=True)
class ConversationPage(View):
    """One conversation. Its region `messages` is what changes."""

    template: ClassVar = "chat/conversation.html"
    here: Talk
    stretch: StretchPart
    find: FindPart
    composer: ComposerPart
    groups: Sequence[Group]
    older: str
    current: UUID | None
    stands: Sequence[StandShown]
    places: Sequence[tuple[str, str]]
    models: Sequence[tuple[str, str]]
    errors: Mapping[str, str]
    slip: SlipPart | None = None


@dataclass(frozen=True, slots=True)
class DiagramPage(View):
    """The sheet in a frame on which a diagram is drawn."""

    template: ClassVar = "chat/diagram.html"


@dataclass(frozen=True, slots=True)
class StartPage(View):
    """The empty page: a greeting, a slip to write on, and three things to try."""

    template: ClassVar = "chat/start.html"
    composer: ComposerPart
    groups: Sequence[Group]
    older: str
    current: UUID | None
    stands: Sequence[StandShown]
    folder: str
    has_models: bool


@dataclass(frozen=True, slots=True)
class ToldPage(View):
    """What the model was told for one reply."""

    template: ClassVar = "chat/told.html"
    address: str
    model: str
    instructions: str
    said: Sequence[tuple[str, str, Sequence[ToldFile]]]
    left_out: int


Drawn = tuple[Html, Html, Html, str, int]


def parts_of(stretch: Stretch, drawn: Mapping[UUID, Drawn]) -> list[MessagePart | BesidePart]:
    """The messages of a stretch. `drawn` has their HTML: final, frozen, tail; the text; and how long it is."""
    return [_part(row, stretch, drawn) for row in stretch.rows]


def _part(row: Row, stretch: Stretch, drawn: Mapping[UUID, Drawn]) -> MessagePart | BesidePart:
    columns = stretch.beside.get(row["beside_id"], [])
    if len(columns) > 1:
        return BesidePart([MessagePart(_shown(each, stretch, drawn[each["id"]], is_beside=True)) for each in columns])
    return MessagePart(_shown(row, stretch, drawn[row["id"]], is_beside=False))


def mended(
    parts: Sequence[MessagePart | BesidePart], message_id: UUID, typed: str, wrong: str
) -> list[MessagePart | BesidePart]:
    """The same messages, one of them with what was typed to be said instead, and why it could not be taken."""
    return [
        MessagePart(replace(part.message, typed=typed, wrong=wrong))
        if isinstance(part, MessagePart) and part.message.id == message_id
        else part
        for part in parts
    ]


def part_of(row: Row, stretch: Stretch, drawn: Mapping[UUID, Drawn]) -> MessagePart:
    """One message alone, which may be one of several columns."""
    is_beside = len(stretch.beside.get(row["beside_id"], [])) > 1
    return MessagePart(_shown(row, stretch, drawn[row["id"]], is_beside=is_beside))


def _shown(row: Row, stretch: Stretch, drawn: Drawn, *, is_beside: bool) -> Shown:
    html, frozen, tail, text, length = drawn
    siblings = stretch.siblings.get(row["parent_id"], [row["id"]])
    place = siblings.index(row["id"]) if row["id"] in siblings else 0
    return Shown(
        id=row["id"],
        conversation_id=row["conversation_id"],
        role=row["role"],
        text=text,
        html=html,
        status=row["status"],
        why=_why(row),
        model=row["model"] or "",
        provider=row["provider"] or "",
        at=row["created_at"],
        is_deleted=row["deleted_at"] is not None,
        reasoning=row["reasoning"],
        reasoning_ms=row["reasoning_ms"],
        tokens_in=row["tokens_in"],
        tokens_out=row["tokens_out"],
        tokens_estimated=row["tokens_estimated"],
        cost=row["cost"],
        first_token_ms=row["first_token_ms"],
        duration_ms=row["duration_ms"],
        number=place + 1,
        count=len(siblings),
        previous=siblings[place - 1] if place else None,
        next=siblings[place + 1] if place + 1 < len(siblings) else None,
        reactions=frozenset(stretch.reactions.get(row["id"], ())),
        frozen=frozen,
        tail=tail,
        length=length,
        is_beside=is_beside,
        attached=stretch.attached.get(row["id"], ()),
    )


def _sentences(kind: type[UpstreamFailure]) -> dict[str, str]:
    found = {kind.code: kind.sentence}
    for below in kind.__subclasses__():
        found |= _sentences(below)
    return found


FAILURES: Final = _sentences(UpstreamFailure)


def _why(row: Row) -> str:
    code = row["error"] or ""
    if row["status"] == "DONE":
        return ENDS["LENGTH"] if code == "LENGTH" else ""
    if row["status"] == "FAILED":
        return FAILURES.get(code, UpstreamFailure.sentence)
    return ENDS.get(row["status"], "")
