"""What can be found again: passages, each small enough to be recalled as one."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple
from uuid import UUID

Kind = Literal["MESSAGE", "STATEMENT", "DOCUMENT", "ITEM", "COMMENT", "PROMPT", "LEARNING", "ATTACHMENT"]


@dataclass(frozen=True, slots=True)
class Passage:
    """A part of something that a slice keeps.

    The group is what it stands in (a conversation, a document), the position its place there; the passages before and
    after it help to find it. An empty language is guessed. What is no longer valid is not found by `find`.
    """

    kind: Kind
    source_id: UUID
    text: str
    said_at: datetime
    part: int = 0
    group_id: UUID | None = None
    position: int | None = None
    title: str = ""
    speaker: str = ""
    language: str = ""
    importance: float = 0.0
    pinned: bool = False
    valid_until: datetime | None = None


class Place(NamedTuple):
    """Where a passage stands in its group. The next page of what was found there comes after the last place."""

    position: int
    part: int
    passage_id: UUID


@dataclass(frozen=True, slots=True)
class Shares:
    """Where a score comes from: the passage's own words, those around it, and the conversation that it stands in."""

    words: float
    around: float
    group: float


@dataclass(frozen=True, slots=True)
class Found:
    """A passage that answers a question. `matched` are the words that did, as they stand in the text."""

    passage_id: UUID
    kind: Kind
    source_id: UUID
    group_id: UUID | None
    position: int | None
    title: str
    text: str
    speaker: str
    said_at: datetime
    score: float
    matched: tuple[str, ...]
    part: int
    importance: float
    pinned: bool
    shares: Shares

    @property
    def place(self) -> Place:
        """Where it stands in its group."""
        return Place(self.position or 0, self.part, self.passage_id)
