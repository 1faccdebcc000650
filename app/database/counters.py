"""Counts that expire, shared by every worker."""

from datetime import datetime

from app.core.clock import now
from app.database.engine import db

_HIT = """
    insert into rate_counts as c (key, hits, until) values ($1, 1, $2)
    on conflict (key) do update
    set hits = case when c.until <= $3 then 1 else c.hits + 1 end,
        until = case when c.until <= $3 then excluded.until else c.until end
    returning hits
"""


async def hit(key: str, until: datetime) -> int:
    """Count one more under this key; how many that makes before `until`."""
    return int(await db.fetch_value(_HIT, key, until, now()))


async def sweep() -> None:
    """Forget the windows that are over."""
    await db.fetch("delete from rate_counts where until < $1", now())
