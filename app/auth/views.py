"""What the pages of the front door show."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from app import mail
from app.auth.invitations import Invitation
from app.auth.links import MINUTES, Link
from app.auth.providers import providers
from app.auth.reopening import Waiting
from app.core.language import LANGUAGES, marked
from app.core.settings import Registration, settings
from app.web.translations import gettext
from app.web.view import View

PURPOSES: Final[Mapping[str, tuple[str, str]]] = {
    "write": (marked("Think and write"), marked("Notes, drafts, questions")),
    "code": (marked("Make software"), marked("Code, specifications, reviews")),
    "learn": (marked("Learn"), marked("Something new, step by step")),
    "look": (marked("Look around"), marked("I will see")),
}


@dataclass(frozen=True, slots=True)
class Choice:
    """A provider to sign in with."""

    id: str
    name: str


def choices() -> list[Choice]:
    """Every provider there is, in order."""
    return [Choice(provider.id, provider.name) for provider in providers().values()]


@dataclass(frozen=True, slots=True)
class SignInPage(View):
    """The first page that anybody sees."""

    template: ClassVar = "auth/sign_in.html"
    choices: Sequence[Choice]
    by_mail: bool
    typed: Mapping[str, str]
    errors: Mapping[str, str]
    next_path: str
    registration: Registration
    domains: str
    contact: str
    example: str

    @classmethod
    def of(
        cls, next_path: str, typed: Mapping[str, str] | None = None, errors: Mapping[str, str] | None = None
    ) -> "SignInPage":
        given = settings()
        return cls(
            choices=choices(),
            by_mail=mail.is_set_up(),
            typed=typed or {},
            errors=errors or {},
            next_path=next_path,
            registration=given.registration,
            domains=", ".join(given.registration_domains),
            contact=given.contact,
            example=f"http://127.0.0.1:{given.port}/sign-in/link/…",
        )


@dataclass(frozen=True, slots=True)
class LeavingPage(View):
    """The browser is on its way to the provider; whoever reads this has a slow or a careful one."""

    template: ClassVar = "auth/leaving.html"
    provider: str
    url: str


@dataclass(frozen=True, slots=True)
class SentPage(View):
    """A letter is on its way, or it is not; the page does not tell."""

    template: ClassVar = "auth/sent.html"
    minutes: int = MINUTES


@dataclass(frozen=True, slots=True)
class LinkPage(View):
    """One button between the link and being signed in."""

    template: ClassVar = "auth/link.html"
    token: str
    link: Link


@dataclass(frozen=True, slots=True)
class ReopenPage(View):
    """Whether a closed account shall be opened again."""

    template: ClassVar = "auth/reopen.html"
    account: Waiting


@dataclass(frozen=True, slots=True)
class GonePage(View):
    """A link that leads nowhere any longer."""

    template: ClassVar = "auth/gone.html"
    sentence: str


@dataclass(frozen=True, slots=True)
class InvitationPage(View):
    """Come in, this way."""

    template: ClassVar = "auth/invitation.html"
    token: str
    invitation: Invitation
    choices: Sequence[Choice]
    typed: Mapping[str, str]
    errors: Mapping[str, str]
    next_path: str = "/"


@dataclass(frozen=True, slots=True)
class AddressPage(View):
    """Whether this is the new address."""

    template: ClassVar = "auth/address.html"
    token: str
    address: str


@dataclass(frozen=True, slots=True)
class WelcomePage(View):
    """Three short questions."""

    template: ClassVar = "auth/welcome.html"
    typed: Mapping[str, str]
    errors: Mapping[str, str]
    next_path: str
    languages: Mapping[str, str]
    purposes: Sequence[tuple[str, str, str]]

    @classmethod
    def of(cls, next_path: str, typed: Mapping[str, str], errors: Mapping[str, str] | None = None) -> "WelcomePage":
        purposes = [(name, gettext(label), gettext(hint)) for name, (label, hint) in PURPOSES.items()]
        return cls(typed, errors or {}, next_path, LANGUAGES, purposes)
