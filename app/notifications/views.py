"""What the list of notifications shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from app.core.paging import Page
from app.notifications.push import Subscribed
from app.notifications.service import Note, place
from app.web.translations import gettext
from app.web.view import View


@dataclass(frozen=True, slots=True)
class Line:
    """One notification, in the language of its reader."""

    id: UUID
    text: str
    leads_on: bool
    is_new: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class NotificationsPage(View):
    """The list; its region `entries` is what changes."""

    template: ClassVar = "notifications/notifications.html"
    lines: Sequence[Line]
    only_unread: bool
    unread: int
    seen: str
    older: str
    is_first: bool
    was_swapped: bool

    @classmethod
    def of(
        cls, page: Page[Note], *, only_unread: bool, unread: int, is_first: bool, was_swapped: bool
    ) -> "NotificationsPage":
        """The page of these."""
        return cls(
            lines=[
                Line(note.id, told(note), bool(note.href), note.read_at is None, note.created_at) for note in page.rows
            ],
            only_unread=only_unread,
            unread=unread,
            seen=str(place(page.rows[0])) if page.rows else "",
            older=str(page.next or ""),
            is_first=is_first,
            was_swapped=was_swapped,
        )


def told(note: Note) -> str:
    """Its sentence, in the language of the request."""
    text = gettext(note.text)
    return text % note.details if note.details else text


@dataclass(frozen=True, slots=True)
class PushPage(View):
    """The devices that are told, and how this one becomes one of them."""

    template: ClassVar = "notifications/push.html"
    devices: Sequence[Subscribed]
    key: str
    error: str
    is_told: bool
