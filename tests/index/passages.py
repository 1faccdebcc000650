"""Passages for the tests, and what the counts of their words must be."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from app.core.ids import new_id
from app.database.engine import db
from app.index import service
from app.index.passages import Kind, Passage

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def passage(text: str, **given: Any) -> Passage:
    return Passage(**{"kind": "MESSAGE", "source_id": new_id(), "text": text, "said_at": NOON, **given})


def dialogue(*texts: str, group: UUID | None = None, **given: Any) -> list[Passage]:
    """One after the other, a minute apart."""
    group = group or new_id()
    return [
        passage(text, **{"group_id": group, "position": n, "said_at": NOON + timedelta(minutes=n), **given})
        for n, text in enumerate(texts)
    ]


async def kept(scope_id: UUID, *texts: str, **given: Any) -> list[Passage]:
    passages = [passage(text, **given) for text in texts]
    await service.put(scope_id, passages)
    return passages


async def texts(scope_id: UUID, question: str, **how: Any) -> list[str]:
    return [found.text for found in await service.find(scope_id, question, **how)]


async def counted(scope_id: UUID) -> dict[str, tuple[int, int]]:
    """What the table of counts says."""
    sql = "select lexeme, passages, length from word_counts where scope_id = $1"
    return {row["lexeme"]: (row["passages"], row["length"]) for row in await db.fetch(sql, scope_id)}


async def recounted(scope_id: UUID) -> dict[str, tuple[int, int]]:
    """What it has to say."""
    lexemes = """
        select w.lexeme, count(*) as passages from passages cross join unnest(words) as w
        where scope_id = $1 group by w.lexeme
    """
    totals = "select count(*) as passages, sum(length)::bigint as length from passages where scope_id = $1"
    found = {row["lexeme"]: (row["passages"], 0) for row in await db.fetch(lexemes, scope_id)}
    everything = await db.fetch_one(totals, scope_id)
    if everything is not None and everything["passages"]:
        found[""] = (everything["passages"], everything["length"])
    return found


async def rows(scope_id: UUID, kind: Kind = "MESSAGE") -> list[Any]:
    sql = "select * from passages where scope_id = $1 and kind = $2 order by source_id, part"
    return await db.fetch(sql, scope_id, kind)
