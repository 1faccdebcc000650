"""Preferences in the database."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from app.core.clock import now
from app.core.ids import new_id
from app.database.engine import db
from app.preferences.tables import UserPreferences

OF_A_PERSON: Final = """
    select to_jsonb(taste) from (
        select default_model, theme, language, timezone, notifications, memory_enabled, instructions, shortcuts
        from user_preferences where user_id = u.id
    ) as taste
"""
_OF = """
    select default_model, theme, language, timezone, notifications, push_titles, memory_enabled, instructions,
        shortcuts
    from user_preferences where user_id = $1
"""


async def preferences_of(user_id: UUID) -> Mapping[str, Any] | None:
    """The row, where there is one. Read for every page, so in plain SQL."""
    return await db.fetch_one(_OF, user_id)


async def put(user_id: UUID, values: Mapping[str, Any]) -> None:
    """Write these, whether or not there was a row: two tabs at once both succeed."""
    stamped = {**values, "updated_at": now()}
    row = UserPreferences(**stamped, id=new_id(), user_id=user_id)
    changed = [(UserPreferences._meta.get_column_by_name(name), value) for name, value in stamped.items()]  # noqa: SLF001 - Piccolo's way to a column by its name
    await UserPreferences.insert(row).on_conflict(UserPreferences.user_id, "DO UPDATE", changed).run()
