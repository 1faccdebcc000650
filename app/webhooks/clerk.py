"""What Clerk says in an event about a person, and how we read it."""

from datetime import UTC, datetime
from typing import Final, Literal

import msgspec

from app.core.errors import Rejected
from app.core.language import marked
from app.core.text import is_mail_address
from app.webhooks.svix import Delivery

Kind = Literal["user.created", "user.updated", "user.deleted"]
KINDS: Final = ("user.created", "user.updated", "user.deleted")
LONGEST_NAME: Final = 100
_MILLISECONDS: Final = 100_000_000_000  # seconds reach this in the year 5138, milliseconds had it in 1973


class _Verification(msgspec.Struct):
    status: str | None = None


class _Address(msgspec.Struct):
    id: str = ""
    email_address: str = ""
    verification: _Verification | None = None


class _Person(msgspec.Struct):
    id: str
    first_name: str | None = None
    last_name: str | None = None
    username: str | None = None
    image_url: str | None = None
    primary_email_address_id: str | None = None
    email_addresses: list[_Address] = []
    created_at: float | None = None
    updated_at: float | None = None


class _Event(msgspec.Struct):
    type: str
    data: msgspec.Raw = msgspec.Raw(b"null")
    timestamp: float | None = None


class Profile(msgspec.Struct, frozen=True):
    """A person as Clerk knows them at one moment."""

    email: str
    is_verified: bool
    name: str
    first_name: str | None
    last_name: str | None
    avatar_url: str | None


class Event(msgspec.Struct, frozen=True):
    """Something that happened to a person at Clerk."""

    delivery_id: str
    kind: Kind
    subject: str
    at: datetime
    profile: Profile

    @property
    def place(self) -> tuple[datetime, str, str]:
        """Where it stands among the events of its subject. Those of one moment are told apart by what never changes."""
        return self.at, self.kind, self.delivery_id


def event(delivery: Delivery) -> Event | None:
    """The event in this delivery; None where it is none of those that we follow."""
    try:
        told = msgspec.json.decode(delivery.body, type=_Event)
        kind = next((kind for kind in KINDS if kind == told.type), None)
        if kind is None:
            return None
        person = msgspec.json.decode(told.data, type=_Person)
        return Event(delivery.id, kind, _subject(person), _moment(told, person, delivery), _profile(person))
    except (msgspec.MsgspecError, RecursionError, ValueError, OverflowError) as wrong:
        raise Rejected(marked("This is not an event that can be read.")) from wrong


def _subject(person: _Person) -> str:
    subject = _clean(person.id)
    if not 1 <= len(subject) <= 200:  # noqa: PLR2004 - more than any id has, and an index can hold it
        raise ValueError
    return subject


def _moment(told: _Event, person: _Person, delivery: Delivery) -> datetime:
    stamp = told.timestamp or person.updated_at or person.created_at
    if stamp is None:
        return delivery.sent_at
    return datetime.fromtimestamp(stamp / 1000 if stamp > _MILLISECONDS else stamp, UTC)


def _profile(person: _Person) -> Profile:
    first, last = _clean(person.first_name), _clean(person.last_name)
    address = _primary(person)
    email = _clean(address.email_address)
    verification = address.verification
    return Profile(
        email=email if is_mail_address(email) else "",
        is_verified=verification is not None and verification.status == "verified",
        name=(f"{first} {last}".strip() or _clean(person.username) or email.partition("@")[0])[:LONGEST_NAME],
        first_name=first[:LONGEST_NAME] or None,
        last_name=last[:LONGEST_NAME] or None,
        avatar_url=_picture(person.image_url),
    )


def _primary(person: _Person) -> _Address:
    """The address that the person chose. One that merely stands first is taken only where it is the only one."""
    chosen = person.primary_email_address_id
    if chosen is None and len(person.email_addresses) == 1:
        return person.email_addresses[0]
    return next((address for address in person.email_addresses if chosen and address.id == chosen), _Address())


def _picture(url: str | None) -> str | None:
    address = _clean(url)
    return address if address.startswith("https://") and len(address) <= 2000 else None  # noqa: PLR2004 - as for any address


def _clean(text: str | None) -> str:
    """The text on one line, without what cannot be stored or would forge a line."""
    return " ".join("".join(char if char.isprintable() else " " for char in text or "").split())
