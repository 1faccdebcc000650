"""What is shown of shared conversations: to whoever shares, and to whoever has the link."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from app.chat.attachments.service import Attached
from app.chat.messages.queries import Row
from app.chat.sharing.service import Share
from app.markup.html import Html
from app.web.view import View


@dataclass(frozen=True, slots=True)
class SharesPage(View):
    """The links to one conversation, and a form for another; `made` is the new one, shown this once."""

    template: ClassVar = "chat/shares.html"
    conversation_id: UUID
    title: str
    shares: Sequence[Share]
    made: str
    errors: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Read:
    """One message, to be read and nothing else."""

    is_mine: bool
    text: str
    html: Html
    model: str
    at: datetime
    is_deleted: bool
    attached: Sequence[Attached]

    @classmethod
    def of(cls, row: Row, html: Html, attached: Sequence[Attached]) -> "Read":
        """The same, from its row and as it is drawn."""
        is_mine, is_gone = row["role"] == "USER", row["deleted_at"] is not None
        return cls(is_mine, row["content"], html, row["model"] or "", row["created_at"], is_gone, attached)


@dataclass(frozen=True, slots=True)
class SharedPage(View):
    """A conversation for whoever has the link, or for paper."""

    template: ClassVar = "chat/shared.html"
    title: str
    messages: Sequence[Read]
    earlier: str
    is_print: bool
