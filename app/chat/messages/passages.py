"""What of a message goes into the index: its text, in parts that can be recalled one by one."""

from collections.abc import Sequence
from uuid import UUID

from app.chat.messages.queries import Row
from app.index.parts import parts
from app.index.passages import Passage


def passages(conversation_id: UUID, title: str, row: Row, text: str) -> Sequence[Passage]:
    """The passages of one message."""
    return [
        Passage(
            kind="MESSAGE",
            source_id=row["id"],
            text=part,
            said_at=row["created_at"],
            part=number,
            group_id=conversation_id,
            position=row["depth"],
            title=title,
            speaker=row["role"],
        )
        for number, part in enumerate(parts(text))
    ]
