"""Who did what to which thing: written in the transaction in which it is done, and never changed after."""

import re
from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from app.audit import queries
from app.audit.queries import Entry, Filter, NewEntry
from app.core import log
from app.core.asker import Asker
from app.core.paging import Cursor, Page, page_size

__all__ = ["Entry", "Filter", "actions", "entries", "record"]

_LONGEST_TEXT: Final = 500
_MOST_ITEMS: Final = 50
_DEEPEST: Final = 4
_HIDDEN: Final = "…"
_SECRET: Final = re.compile(
    r"(?i)(^|[_\-. ])(pass(word|wd|phrase)?|secret|token|authorization|cookie|key|code|verifier|nonce|otp"
    r"|credentials?|signature|jwt|bearer|sha256|enc)s?$"
)


async def record(
    actor: Asker | UUID | str | None,
    action: str,
    resource: str = "",
    resource_id: object = "",
    details: Mapping[str, Any] | None = None,
    *,
    ip_prefix: str = "",
) -> None:
    """Note what was done, in the caller's transaction.

    A person is kept by id alone; whatever acts but is no person (the console, a webhook) by its name.
    """
    await queries.insert(
        NewEntry(
            actor_id=actor.id if isinstance(actor, Asker) else actor if isinstance(actor, UUID) else None,
            actor_label=_text(actor)[:254] if isinstance(actor, str) else "",
            action=action,
            resource=resource,
            resource_id=_text(str(resource_id)),
            details=_mapping(details or {}, 0),
            ip_prefix=ip_prefix or None,
            request_id=log.request_id.get()[:64],
        )
    )


async def entries(wanted: Filter, after: Cursor | None = None, size: int | None = None) -> Page[Entry]:
    """The trail, newest first: for administrators."""
    most = page_size(size)
    rows = await queries.found(wanted, after, most + 1)
    return Page.of(rows, most, lambda entry: Cursor(entry.at, entry.id))


async def actions() -> list[str]:
    """What there is to choose from in a filter."""
    return await queries.actions()


def _mapping(details: Mapping[str, Any], depth: int) -> dict[str, Any]:
    items = list(details.items())[:_MOST_ITEMS]
    return {
        _text(str(key)): _hidden(value) if _SECRET.search(str(key)) else _clean(value, depth) for key, value in items
    }


def _hidden(value: object) -> object:
    """How many tokens there were is no secret; what they were is."""
    return value if value is None or isinstance(value, bool | int | float) else _HIDDEN


def _clean(value: object, depth: int) -> object:
    if value is None or isinstance(value, bool | int | float):
        return value
    if depth >= _DEEPEST:
        return _HIDDEN
    if isinstance(value, Mapping):
        return _mapping(value, depth + 1)
    if isinstance(value, list | tuple | set | frozenset):
        return [_clean(item, depth + 1) for item in list(value)[:_MOST_ITEMS]]
    return _text(str(value))


def _text(text: str) -> str:
    """The text without secrets, control characters and what PostgreSQL cannot store, and no longer than it need be."""
    return log.redacted(text).encode("utf-8", "replace").decode()[:_LONGEST_TEXT]
