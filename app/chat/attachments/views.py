"""Files as programs see them, and as they stand in the composer and on a message."""

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from app.chat.attachments.service import Attached


class AttachmentOut(msgspec.Struct):
    """A file that goes with a message; `href` gives its bytes. The text of it that can be told is so long."""

    id: UUID
    message_id: UUID | None
    name: str
    kind: Literal["TEXT", "PDF", "IMAGE"]
    media_type: str
    size: int
    width: int | None
    height: int | None
    pages: int | None
    characters: int
    is_cut: bool
    created_at: datetime
    href: str

    @classmethod
    def of(cls, attached: Attached) -> "AttachmentOut":
        """The same for a program."""
        return cls(**{name: getattr(attached, name) for name in cls.__struct_fields__})
