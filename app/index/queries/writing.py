"""Passages come and go, and the counts of their words with them, in one statement.

The counts of a scope are changed by one unit of work at a time: it takes the scope first, and in the next statement
sees all that was written before. So nothing is counted twice, and two writers never wait for each other.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

import msgspec

from app.database.engine import db

Row = Mapping[str, Any]

# What every statement ends with. `lines` are passages that come (1) or go (-1).
_COUNTED: Final = """
    , changes as (
        select lexeme, sum(sign)::bigint as passages, sum(length)::bigint as length
        from (
            select '' collate "C" as lexeme, sign, sign * length as length from lines
            union all
            select lexeme, sign, 0 from lines cross join unnest(words)
        ) as each
        group by lexeme
        having sum(sign) <> 0 or sum(length) <> 0
    ), known as (
        select n.lexeme, n.passages, n.length, coalesce(c.passages, 0) + n.passages as left_over
        from changes n left join word_counts c on c.scope_id = $1 and c.lexeme = n.lexeme
    ), gone as (
        delete from word_counts c using known n
        where c.scope_id = $1 and c.lexeme = n.lexeme and n.left_over <= 0
    )
    insert into word_counts (scope_id, lexeme, passages, length)
    select $1, lexeme, passages, length from known where left_over > 0
    on conflict (scope_id, lexeme) do update
    set passages = word_counts.passages + excluded.passages, length = word_counts.length + excluded.length
"""
_PUT: Final = (
    """
    with given as materialized (
        select id, kind, source_id, part, group_id, position, title, text, speaker, said_at, language, importance,
               pinned, valid_until, words, length
        from jsonb_to_recordset($2::text::jsonb) as g (
            id uuid, kind text, source_id uuid, part int, group_id uuid, position int, title text, text text,
            speaker text, said_at timestamptz, language text, importance real, pinned bool, valid_until timestamptz,
            words tsvector, length int
        )
    ), kept as (
        insert into passages (id, scope_id, kind, source_id, part, group_id, position, title, text, speaker, said_at,
                              language, importance, pinned, valid_until, words, length)
        select id, $1, kind, source_id, part, group_id, position, title, text, speaker, said_at,
               language, importance, pinned, valid_until, words, length
        from given
        on conflict (scope_id, kind, source_id, part) do update
        set group_id = excluded.group_id, position = excluded.position, title = excluded.title, text = excluded.text,
            speaker = excluded.speaker, said_at = excluded.said_at, language = excluded.language,
            importance = excluded.importance, pinned = excluded.pinned, valid_until = excluded.valid_until,
            words = excluded.words, length = excluded.length
    ), shorter as (
        delete from passages p using (select kind, source_id, max(part) as last from given group by 1, 2) as g
        where p.scope_id = $1 and p.kind = g.kind and p.source_id = g.source_id and p.part > g.last
        returning p.words, p.length
    ), lines as (
        select 1 as sign, words, length from given
        union all
        select -1, p.words, p.length from passages p join given g using (kind, source_id, part) where p.scope_id = $1
        union all
        select -1, words, length from shorter
    )
    """  # noqa: S608 - statements of ours
    + _COUNTED
)
_REMOVE: Final = (
    """
    with lines as (
        delete from passages where scope_id = $1 and kind = $2 and source_id = any($3)
        returning -1 as sign, words, length
    )
    """  # noqa: S608 - statements of ours
    + _COUNTED
)
_REMOVE_GROUP: Final = (
    """
    with lines as (
        delete from passages where scope_id = $1 and group_id = $2 returning -1 as sign, words, length
    )
    """  # noqa: S608 - statements of ours
    + _COUNTED
)


async def take(scope_id: UUID) -> None:
    """Let nobody else change this scope until the unit of work ends."""
    await db.fetch("select pg_advisory_xact_lock($1)", scope_id.int % 2**64 - 2**63)


async def put(scope_id: UUID, rows: Sequence[Row]) -> None:
    """These passages are as they are now, and a source has none beyond the last of its parts."""
    await db.fetch(_PUT, scope_id, msgspec.json.encode(rows).decode())


async def remove(scope_id: UUID, kind: str, source_ids: Sequence[UUID]) -> None:
    """What was kept of these is gone."""
    await db.fetch(_REMOVE, scope_id, kind, source_ids)


async def remove_group(scope_id: UUID, group_id: UUID) -> None:
    """What was kept of this group is gone."""
    await db.fetch(_REMOVE_GROUP, scope_id, group_id)


async def forget(scope_id: UUID) -> None:
    """Nothing of this scope is left."""
    await db.fetch("delete from passages where scope_id = $1", scope_id)
    await db.fetch("delete from word_counts where scope_id = $1", scope_id)
