"""What the pages of one's own account show."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Final
from uuid import UUID

from app.account.figures import Figure
from app.account.service import Archive
from app.auth.identities import Linked
from app.auth.people import Profile
from app.auth.sessions import Session
from app.auth.tokens import SCOPES, NewToken, Token
from app.auth.views import Choice
from app.core.language import marked
from app.web.translations import gettext
from app.web.view import View

DAYS: Final[Mapping[str, str]] = {
    "7": marked("In a week"),
    "30": marked("In a month"),
    "90": marked("In three months"),
    "366": marked("In a year"),
    "": marked("Never by itself"),
}
_WAYS: Final[Mapping[str, str]] = {
    "mail": marked("by a link in a letter"),
    "link": marked("by a link from the terminal"),
    "invitation": marked("by an invitation"),
    "reopened": marked("by opening the account again"),
    "google": "Google",
    "github": "GitHub",
    "oidc": "OpenID",
}


@dataclass(frozen=True, slots=True)
class ProfilePage(View):
    """Who one is here."""

    template: ClassVar = "account/profile.html"
    profile: Profile
    figures: Sequence[Figure]
    typed: Mapping[str, str]
    errors: Mapping[str, str]
    by_mail: bool


@dataclass(frozen=True, slots=True)
class DeviceRow:
    """A signed-in device."""

    id: UUID
    label: str
    ip_prefix: str
    way: str
    created_at: datetime
    last_seen_at: datetime
    is_this: bool

    @classmethod
    def of(cls, session: Session, this: UUID | None) -> "DeviceRow":
        return cls(
            id=session.id,
            label=str(session.device) or gettext("Unknown device"),
            ip_prefix=session.ip_prefix,
            way=gettext(_WAYS.get(session.how, "")),
            created_at=session.created_at,
            last_seen_at=session.last_seen_at,
            is_this=session.id == this,
        )


@dataclass(frozen=True, slots=True)
class DevicesPage(View):
    """Where one is signed in."""

    template: ClassVar = "account/devices.html"
    devices: Sequence[DeviceRow]


@dataclass(frozen=True, slots=True)
class TokensPage(View):
    """Credentials for programs, and the form for one more."""

    template: ClassVar = "account/tokens.html"
    tokens: Sequence[Token]
    scopes: Sequence[tuple[str, str]]
    lifetimes: Sequence[tuple[str, str]]
    typed: Mapping[str, str]
    chosen: Sequence[str]
    errors: Mapping[str, str]
    made: NewToken | None


def scopes_within(reach: frozenset[str]) -> list[tuple[str, str]]:
    """What a token may be allowed to do, by whoever reaches so far."""
    return [(scope, gettext(words)) for scope, words in SCOPES.items() if scope in reach]


def lifetimes() -> list[tuple[str, str]]:
    """How long a token may last."""
    return [(days, gettext(words)) for days, words in DAYS.items()]


@dataclass(frozen=True, slots=True)
class IdentitiesPage(View):
    """Every way in that one has, and the others that there are."""

    template: ClassVar = "account/identities.html"
    identities: Sequence[Linked]
    choices: Sequence[Choice]
    by_mail: bool
    is_verified: bool
    is_only_way: bool


@dataclass(frozen=True, slots=True)
class DataPage(View):
    """Taking one's data along, and leaving."""

    template: ClassVar = "account/data.html"
    archives: Sequence[Archive]
    is_running: bool
    days: int
    typed: Mapping[str, str]
    errors: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ClosedPage(View):
    """After an account was closed."""

    template: ClassVar = "account/closed.html"
    days: int
