"""Preferences in the database."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from app.core.clock import now
from app.core.ids import new_id
from app.database.engine import db
from app.preferences.tables import UserPreferences

_OF = """
    select default_model, theme, language, timezone, notifications, memory_enabled, shortcuts
    from user_preferences where user_id = $1
"""


async def preferences_of(user_id: UUID) -> Mapping[str, Any] | None:
    """The row, where there is one. Read for every page, so in plain SQL."""
    return await db.fetch_one(_OF, user_id)


async def put(user_id: UUID, values: Mapping[str, Any]) -> None:
    """Write these, whether or not there was a row: two tabs at once both succeed."""
    row = UserPreferences({"id": new_id(), "user_id": user_id, **values, "updated_at": now()})
    changed = [(column, values[column]) for column in values]
    await (
        UserPreferences.insert(row)
        .on_conflict(target="user_id", action="DO UPDATE", values=[*changed, ("updated_at", now())])
        .run()
    )
