"""What the administrators' pages show."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final
from urllib.parse import urlencode

from app.admin.service import Delivery, Inside, Known, Overview, Planned
from app.audit.service import Entry
from app.auth.invitations import Given
from app.auth.people import Listed as Person
from app.core.language import marked
from app.jobs.service import Listed as Job
from app.web.translations import gettext
from app.web.view import View

Options = Sequence[tuple[str, str]]

ROLES: Final = {
    "STUDENT": marked("Student"),
    "DEVELOPER": marked("Developer"),
    "TEAM_LEAD": marked("Team lead"),
    "ADMIN": marked("Administrator"),
}
STATES: Final = {
    "READY": marked("Waiting"),
    "RUNNING": marked("Running"),
    "DEAD": marked("Given up"),
    "DONE": marked("Done"),
}
OUTCOMES: Final = {
    "APPLIED": marked("Applied"),
    "IGNORED_OLDER": marked("Too old"),
    "DUPLICATE": marked("Came twice"),
    "FAILED": marked("Failed"),
}
INVITED: Final = {
    "OPEN": marked("Open"),
    "ACCEPTED": marked("Accepted"),
    "REVOKED": marked("Taken back"),
    "OVER": marked("Expired"),
}
LIFETIMES: Final = {
    "1": marked("One day"),
    "7": marked("A week"),
    "30": marked("A month"),
    "90": marked("Three months"),
}


def named(words: Mapping[str, str]) -> dict[str, str]:
    """The same in the language of the request."""
    return {value: gettext(label) for value, label in words.items()}


def options(words: Mapping[str, str], anything: str = "") -> Options:
    """For a select; with a first choice that means any."""
    first = [("", gettext(anything))] if anything else []
    return [*first, *named(words).items()]


def address(path: str, **query: object) -> str:
    """An address with what is not empty behind it."""
    given = {name: str(value) for name, value in query.items() if value}
    return f"{path}?{urlencode(given)}" if given else path


@dataclass(frozen=True, slots=True)
class OverviewPage(View):
    """Everything at a glance."""

    template: ClassVar = "admin/overview.html"
    overview: Overview


@dataclass(frozen=True, slots=True)
class PeoplePage(View):
    """Everybody, or those that were searched for."""

    template: ClassVar = "admin/people.html"
    words: str
    people: Sequence[Person]
    roles: Mapping[str, str]
    older: str
    newest: str


@dataclass(frozen=True, slots=True)
class PersonPage(View):
    """One person."""

    template: ClassVar = "admin/person.html"
    known: Known
    names: Mapping[str, str]
    roles: Options
    erase_after: int
    typed: Mapping[str, str]
    errors: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class InvitationsPage(View):
    """Who was invited, and the form for one more."""

    template: ClassVar = "admin/invitations.html"
    invitations: Sequence[Given]
    states: Mapping[str, str]
    roles: Options
    lifetimes: Options
    is_closed: bool
    typed: Mapping[str, str]
    errors: Mapping[str, str]
    link: str


@dataclass(frozen=True, slots=True)
class AuditPage(View):
    """Who did what."""

    template: ClassVar = "admin/audit.html"
    entries: Sequence[Entry]
    names: Mapping[str, str]
    actions: Sequence[str]
    typed: Mapping[str, str]
    errors: Mapping[str, str]
    older: str
    newest: str


@dataclass(frozen=True, slots=True)
class WebhooksPage(View):
    """What others told us."""

    template: ClassVar = "admin/webhooks.html"
    deliveries: Sequence[Delivery]
    outcomes: Mapping[str, str]
    outcome: str
    older: str
    newest: str


@dataclass(frozen=True, slots=True)
class JobsPage(View):
    """Work for later: what waits, what runs, what was given up."""

    template: ClassVar = "admin/jobs.html"
    state: str
    states: Mapping[str, str]
    counts: Mapping[str, int]
    jobs: Sequence[Job]
    names: Mapping[str, str]
    planned: Sequence[Planned]
    older: str
    newest: str


@dataclass(frozen=True, slots=True)
class HealthPage(View):
    """The machinery."""

    template: ClassVar = "admin/health.html"
    inside: Inside
