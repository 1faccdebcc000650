"""Everything that the house keeps about a person, one section for each kind of thing.

Each part registers what it keeps. What has no section here is named in `NOT_EXPORTED` with the reason, and a column
that stays behind in its section's `without`; a test compares both with the database.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from app.account.queries import sources
from app.account.queries.sources import Source
from app.core.language import marked

Row = Mapping[str, Any]
Rows = Callable[[UUID], AsyncIterator[Sequence[Row]]]

SECRET: Final = "a secret, or what recognises one"  # noqa: S105 - a reason
OWNER: Final = "the person, whose archive this is"

NOT_EXPORTED: Final[Mapping[str, str]] = {
    "passages": "copies of what stands in the other sections, cut into parts to be found",
    "pending_logins": "sealed, and gone within ten minutes",
    "runs": "a reply while it is written, gone with its end; the message is there",
    "chunks": "the newest words of such a reply, until the message has them",
    "rate_counts": "how often something was tried just now, gone within a day",
    "word_counts": "how many of the passages have each word",
}


@dataclass(frozen=True, slots=True)
class Section:
    """One kind of thing. `rows` gives them in batches, so that no archive has to fit into memory."""

    name: str
    title: str
    tables: Sequence[str]
    rows: Rows
    without: Mapping[str, str] = field(default_factory=dict)


_sections: dict[str, Section] = {}


def register(section: Section) -> None:
    """Put this into every archive from now on."""
    _sections[section.name] = section


def sections() -> list[Section]:
    """All of them, in order."""
    return list(_sections.values())


def of_table(name: str, title: str, source: Source, **without: str) -> Section:
    """The section of one table, whose rows belong to one person each."""

    def rows(user_id: UUID) -> AsyncIterator[Sequence[Row]]:
        return sources.batches(source, user_id)

    return Section(name, title, (source.table,), rows, without)


for _section in (
    of_table("profile", marked("Profile"), sources.PROFILE),
    of_table("figures", marked("Figures"), sources.STATS, user_id=OWNER),
    of_table("preferences", marked("Preferences"), sources.PREFERENCES, user_id=OWNER),
    of_table(
        "identities",
        marked("Linked identities"),
        sources.IDENTITIES,
        user_id=OWNER,
        refresh_token_enc=SECRET,
        access_token_enc=SECRET,
        id_token_enc=SECRET,
    ),
    of_table("devices", marked("Devices"), sources.DEVICES, user_id=OWNER, token_sha256=SECRET),
    of_table("api-tokens", marked("API tokens"), sources.API_TOKENS, user_id=OWNER, token_sha256=SECRET),
    of_table("links", marked("Sign-in links"), sources.LINKS, user_id=OWNER, token_sha256=SECRET),
    of_table("invitations", marked("Invitations"), sources.INVITATIONS, token_sha256=SECRET),
    of_table("notifications", marked("Notifications"), sources.NOTIFICATIONS, user_id=OWNER),
    of_table(
        "push-devices",
        marked("Devices that are told"),
        sources.PUSHED,
        user_id=OWNER,
        endpoint_sha256=SECRET,
        sealed=SECRET,
    ),
    of_table("model-providers", marked("Providers of models"), sources.PROVIDERS, user_id=OWNER, key_enc=SECRET),
    of_table("favourite-models", marked("Favourite models"), sources.FAVOURITES, user_id=OWNER),
    of_table("model-usage", marked("Use of models"), sources.USAGE, user_id=OWNER),
    of_table("budget", marked("Your budget"), sources.BUDGET, user_id=OWNER),
    of_table("folders", marked("Folders"), sources.FOLDERS, user_id=OWNER),
    of_table("conversations", marked("Conversations"), sources.CONVERSATIONS, user_id=OWNER),
    of_table("messages", marked("Messages"), sources.MESSAGES, user_id=OWNER),
    of_table(
        "files",
        marked("Files that you sent"),
        sources.FILES,
        user_id=OWNER,
        sha256="what recognises its bytes",
        data="the bytes themselves, which are in the folder files/",
    ),
    of_table("attachments", marked("Which message has which file"), sources.ATTACHMENTS, user_id=OWNER),
    of_table("reactions", marked("What you thought of replies"), sources.REACTIONS, user_id=OWNER),
    of_table("imports", marked("What you brought along"), sources.IMPORTS, user_id=OWNER),
    of_table("import-results", marked("What became of what you brought"), sources.IMPORT_RESULTS, user_id=OWNER),
    of_table("drafts", marked("Drafts"), sources.DRAFTS, user_id=OWNER),
    of_table("shares", marked("Links that you shared"), sources.SHARES, user_id=OWNER, token_sha256=SECRET),
    of_table("archives", marked("Archives of your data"), sources.ARCHIVES, user_id=OWNER),
    of_table("jobs", marked("Work in the background"), sources.JOBS, user_id=OWNER),
    of_table("deliveries", marked("News from the sign-in provider"), sources.DELIVERIES),
    of_table("history", marked("What you did"), sources.HISTORY),
):
    register(_section)
