"""The list of notifications, and the same for programs."""

from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from litestar import Request, Response, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, RequestBody

from app.core.asker import Asker
from app.core.errors import AppError, Conflict, NotFound, Rejected
from app.core.ids import parse_id
from app.core.paging import LARGEST_PAGE, Cursor, Page
from app.notifications import push, service
from app.notifications.push import Message
from app.notifications.service import Note
from app.notifications.views import NotificationsPage, PushPage, told
from app.web import forms
from app.web.answers import elsewhere, is_swap, same_origin
from app.web.translations import gettext
from app.web.visit import Visit

Ids = Annotated[list[UUID], msgspec.Meta(max_length=LARGEST_PAGE)]


class Marks(forms.Form):
    """What the list sends: which lines were chosen, and what to do with them; or the one that was opened."""

    do: str = ""
    open: str = ""
    chosen: list[str] = msgspec.field(default_factory=list)
    unread: str = ""
    seen: str = ""


class NotificationOut(msgspec.Struct):
    """One notification, in the language of the request."""

    id: UUID
    kind: str
    source_kind: str
    source_id: UUID | None
    text: str
    href: str
    created_at: datetime
    read_at: datetime | None


class NotificationsOut(msgspec.Struct):
    """Some notifications, newest first. `next` goes into `after`; no more than a hundred unread ones are counted."""

    items: list[NotificationOut]
    next: str | None
    unread: int


class Read(msgspec.Struct, forbid_unknown_fields=True):
    """Which ones were read. Without ids it is all of them."""

    ids: Ids | None = None


class Unread(msgspec.Struct):
    """How many wait."""

    unread: int


@get("/notifications", include_in_schema=False)
async def show(
    request: Request[Any, Any, Any],
    person: NamedDependency[Asker],
    after: FromQuery[str] = "",
    unread: FromQuery[str] = "",
) -> Response[None]:
    """The list, or what of it lies further back."""
    page = await _page(person, Cursor.parse(after), only_unread=bool(unread), was_swapped=is_swap(request))
    return page.region("entries") if is_swap(request) else page.page()


@post("/notifications", include_in_schema=False)
async def change(request: Request[Any, Any, Any], person: NamedDependency[Asker]) -> Response[None]:
    """Follow one line, or do something with those that were chosen."""
    marks = forms.read(request, Marks).fields()
    if marks.open:
        return elsewhere(request, same_origin(await service.opened(person.id, _known(marks.open))))
    await _do(person.id, marks)
    if not is_swap(request):
        return elsewhere(request, "/notifications?unread=yes" if marks.unread else "/notifications")
    page = await _page(person, None, only_unread=bool(marks.unread), was_swapped=True)
    return page.region("entries")


async def _do(user_id: UUID, marks: Marks) -> None:
    chosen = [note for text in marks.chosen[:LARGEST_PAGE] if (note := parse_id(text))]
    if marks.do == "read-all":
        await service.mark_all_read(user_id, Cursor.parse(marks.seen))
    elif marks.do == "read":
        await service.mark_read(user_id, chosen)
    elif marks.do == "remove":
        await service.remove(user_id, chosen)


def _known(text: str) -> UUID:
    note = parse_id(text)
    if note is None:
        raise NotFound
    return note


async def _page(person: Asker, after: Cursor | None, *, only_unread: bool, was_swapped: bool) -> NotificationsPage:
    page = await service.listed(person.id, after, only_unread=only_unread)
    unread = await service.unread(person.id)
    return NotificationsPage.of(
        page, only_unread=only_unread, unread=unread, is_first=after is None, was_swapped=was_swapped
    )


# Devices --------------------------------------------------------------------------------------------------------------

DEVICES: Final = "/preferences/push"


class Device(forms.Form):
    """What the browser says of itself."""

    endpoint: str = ""
    p256dh: str = ""
    auth: str = ""


@get(DEVICES, include_in_schema=False)
async def devices(person: NamedDependency[Asker]) -> Response[None]:
    """The devices that are told."""
    return (await _devices(person)).page()


@post(DEVICES, include_in_schema=False)
async def subscribe(request: Request[Any, Any, Any], person: NamedDependency[Asker]) -> Response[None]:
    """Tell this browser from now on."""
    form = forms.read(request, Device).fields()
    try:
        await push.subscribe(person, form.endpoint, form.p256dh, form.auth)
    except (Rejected, Conflict) as wrong:
        return (await _devices(person, wrong)).page(wrong.status)
    Visit.of(request.scope).say(gettext("This device is told from now on."))
    return elsewhere(request, DEVICES)


@post(DEVICES + "/try", include_in_schema=False)
async def try_out(request: Request[Any, Any, Any], person: NamedDependency[Asker]) -> Response[None]:
    """Tell every device something, to see whether it arrives."""
    told = await push.tell(person.id, Message("Commonplace", gettext("This is how it will look."), DEVICES))
    said = gettext("It is on its way.") if told else gettext("There is no device yet that could be told.")
    Visit.of(request.scope).say(said, "done" if told else "warning")
    return elsewhere(request, DEVICES)


@post(DEVICES + "/{subscription_id:uuid}/remove", include_in_schema=False)
async def unsubscribe(
    request: Request[Any, Any, Any], subscription_id: FromPath[UUID], person: NamedDependency[Asker]
) -> Response[None]:
    """Tell this device nothing any more."""
    await push.remove(person.id, subscription_id)
    Visit.of(request.scope).say(gettext("The device is told nothing any more."))
    return elsewhere(request, DEVICES)


async def _devices(person: Asker, wrong: AppError | None = None) -> PushPage:
    found = await push.listed(person)
    is_told = any(each.is_this for each in found)
    return PushPage(found, await push.public_key(), wrong.msgid if wrong else "", is_told)


# For programs ---------------------------------------------------------------------------------------------------------


@get("/api/notifications", tags=["notifications"], operation_id="notifications")
async def listed(
    person: NamedDependency[Asker],
    after: FromQuery[str] = "",
    size: FromQuery[int] = 30,
    unread: FromQuery[bool] = False,  # noqa: FBT002 - a query parameter has a name
) -> NotificationsOut:
    """The holder's notifications."""
    page = await service.listed(person.id, Cursor.parse(after), size, only_unread=unread)
    return await _out(person.id, page)


async def _out(user_id: UUID, page: Page[Note]) -> NotificationsOut:
    items = [
        NotificationOut(
            id=note.id,
            kind=note.kind,
            source_kind=note.source_kind,
            source_id=note.source_id,
            text=told(note),
            href=note.href,
            created_at=note.created_at,
            read_at=note.read_at,
        )
        for note in page.rows
    ]
    return NotificationsOut(items, str(page.next) if page.next else None, await service.unread(user_id))


@post("/api/notifications/read", tags=["notifications"], operation_id="readNotifications", status_code=200)
async def mark_read(data: RequestBody[Read], person: NamedDependency[Asker]) -> Unread:
    """Some or all of them were read."""
    if data.ids is None:
        await service.mark_all_read(person.id)
    else:
        await service.mark_read(person.id, data.ids)
    return Unread(await service.unread(person.id))


@post(
    "/api/notifications/{note_id:uuid}/read", tags=["notifications"], operation_id="readNotification", status_code=204
)
async def mark_one_read(note_id: FromPath[UUID], person: NamedDependency[Asker]) -> None:
    """It was read."""
    await service.opened(person.id, note_id)


@delete("/api/notifications/{note_id:uuid}", tags=["notifications"], operation_id="removeNotification")
async def remove(note_id: FromPath[UUID], person: NamedDependency[Asker]) -> None:
    """Take this one off the list."""
    if not await service.remove(person.id, [note_id]):
        raise NotFound


routes = [
    show,
    change,
    devices,
    subscribe,
    try_out,
    unsubscribe,
    listed,
    mark_read,
    mark_one_read,
    remove,
]
