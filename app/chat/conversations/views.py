"""The list of conversations beside every page, and the shelves behind it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, Literal
from uuid import UUID

from app.chat.conversations.folders import SHOWN_BESIDE, Folder
from app.chat.conversations.queries_folders import Stand
from app.chat.conversations.service import Listed
from app.core.clock import now
from app.core.paging import Page
from app.providers.catalogue import Model
from app.web.formats import day_of, month_of
from app.web.translations import gettext
from app.web.view import View

Shelf = Literal["all", "archive", "bin"]
_A_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Group:
    """Conversations of about the same time, under one heading."""

    heading: str
    lines: Sequence[Listed]


@dataclass(frozen=True, slots=True)
class StandShown:
    """A folder in the list, with the newest of what lies in it, and the folders in it."""

    id: UUID
    name: str
    lines: Sequence[Listed]
    has_more: bool
    is_open: bool
    is_fresh: bool
    stands: Sequence["StandShown"]


@dataclass(frozen=True, slots=True)
class ListPart(View):
    """The list in the sidebar, or more of it."""

    template: ClassVar = "chat/_list.html"
    groups: Sequence[Group]
    older: str
    current: UUID | None
    stands: Sequence[StandShown]

    @classmethod
    def of(
        cls,
        top: Sequence[Listed],
        page: Page[Listed],
        current: UUID | None = None,
        stands: Sequence[StandShown] = (),
    ) -> "ListPart":
        """The list of these."""
        pinned = [Group(gettext("On top"), top)] if top else []
        return cls([*pinned, *_grouped(page.rows)], str(page.next or ""), current, stands)


@dataclass(frozen=True, slots=True)
class ShelfPage(View):
    """All conversations of the list, or what is not in it: the archive, the bin."""

    template: ClassVar = "chat/shelf.html"
    lines: Sequence[Listed]
    older: str
    shelf: Shelf
    is_first: bool
    places: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class FolderPage(View):
    """A folder: what lies in it, and what holds there. `path` leads to it from the top."""

    template: ClassVar = "chat/folder.html"
    folder: Folder
    path: Sequence[StandShown]
    lines: Sequence[Listed]
    older_lines: str
    is_first: bool
    typed: Mapping[str, str]
    errors: Mapping[str, str]
    places: Sequence[tuple[str, str]]
    models: Sequence[tuple[str, str]]
    groups: Sequence[Group]
    older: str
    current: UUID | None
    stands: Sequence[StandShown]


@dataclass(frozen=True, slots=True)
class Settled:
    """What holds in a conversation of its own."""

    id: UUID
    title: str
    model: str
    instructions: str


@dataclass(frozen=True, slots=True)
class SettingsPage(View):
    """The same as a page, for whoever cannot open it above the conversation, or has to mend something."""

    template: ClassVar = "chat/settings.html"
    here: Settled
    models: Sequence[tuple[str, str]]
    errors: Mapping[str, str]


# Folders --------------------------------------------------------------------------------------------------------------


def stands_of(found: Sequence[Stand], looked_into: UUID | None = None) -> list[StandShown]:
    """These as they lie in each other. What lies in a folder that is gone stands on top."""
    known = {stand.id for stand in found}
    within: dict[UUID | None, list[Stand]] = {}
    for stand in found:
        within.setdefault(stand.parent_id if stand.parent_id in known else None, []).append(stand)
    return _stands(within, None, looked_into)


def _stands(within: Mapping[UUID | None, Sequence[Stand]], place: UUID | None, into: UUID | None) -> list[StandShown]:
    return [_stand(stand, _stands(within, stand.id, into), into) for stand in within.get(place, ())]


def _stand(stand: Stand, inner: Sequence[StandShown], into: UUID | None) -> StandShown:
    return StandShown(
        id=stand.id,
        name=stand.name,
        lines=stand.lines[:SHOWN_BESIDE],
        has_more=len(stand.lines) > SHOWN_BESIDE,
        is_open=stand.id == into or any(each.is_open for each in inner),
        is_fresh=any(line.unread_since for line in stand.lines) or any(each.is_fresh for each in inner),
        stands=inner,
    )


def choices(stands: Sequence[StandShown], but: UUID | None = None, above: str = "") -> list[tuple[str, str]]:
    """These and what lies in them, to choose one from; without one of them and all that lies in it."""
    found: list[tuple[str, str]] = []
    for stand in stands:
        if stand.id != but:
            name = above + stand.name
            found += [(str(stand.id), name), *choices(stand.stands, but, f"{name} / ")]
    return found


def path_to(stands: Sequence[StandShown], folder_id: UUID) -> list[StandShown]:
    """The folders that lead to this one, the highest first, itself the last."""
    for stand in stands:
        if stand.id == folder_id:
            return [stand]
        if below := path_to(stand.stands, folder_id):
            return [stand, *below]
    return []


def model_choices(models: Sequence[Model], chosen: str) -> list[tuple[str, str]]:
    """The models to choose from, none among them; and the one that was chosen, even where it is away."""
    found = [("", gettext("The usual one")), *((each.path, _called(each)) for each in models)]
    return found if any(path == chosen for path, _ in found) else [*found, (chosen, chosen)]


def _called(model: Model) -> str:
    return f"{model.name} · {model.provider}" if model.provider else model.name


# Days -----------------------------------------------------------------------------------------------------------------


def _grouped(lines: Sequence[Listed]) -> Iterator[Group]:
    """By day, then by month, as the person's clock has them. The lines come newest first."""
    heading, gathered = "", list[Listed]()
    for line in lines:
        here = _heading(line.active_at)
        if here != heading and gathered:
            yield Group(heading, gathered)
            gathered = []
        heading = here
        gathered.append(line)
    if gathered:
        yield Group(heading, gathered)


def _heading(moment: datetime) -> str:
    day, today = day_of(moment), day_of(now())
    if day >= today:
        return gettext("Today")
    if day == today - timedelta(days=1):
        return gettext("Yesterday")
    return gettext("This week") if day > today - _A_WEEK else month_of(day)
