"""Passages, by their words and by their place."""

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from app.database.engine import db

Row = Mapping[str, Any]

_COUNTS: Final = """
    select lexeme, passages, length from word_counts where scope_id = $1 and lexeme = any($2)
"""
_BEGINNING: Final = """
    select o.opening, c.lexeme, c.passages
    from unnest($2::text[]) as o(opening)
    cross join lateral (
        select lexeme, passages from word_counts
        where scope_id = $1 and lexeme ^@ o.opening
        order by passages desc limit $3
    ) as c
"""
# What every question may be narrowed down to.
_ALLOWED: Final = """
    (cardinality($2::text[]) = 0 or kind = any($2))
    and ($3::uuid is null or group_id = $3) and ($4::uuid is null or group_id is distinct from $4)
    and ($5::timestamptz is null or said_at < $5) and ($6::timestamptz is null or said_at >= $6)
    and (valid_until is null or valid_until > $7)
"""
# Of a scope that is small all passages are looked at; of a large one those that the index of words knows.
_SMALL: Final = 3000
_MOST: Final = 5000  # where even the rarest word is common, the newest
_LOOKED_AT: Final = "(words @@ $8::text::tsquery) is true"
_LOOKED_UP: Final = "words @@ $8::text::tsquery"
# A passage's own words weigh here as they do in `scores`, where the rest of its score is worked out. Its list of words
# is unpacked once, by setweight, and not again for each of them.
_RANKS: Final = """
    select {} from (select setweight(words, 'D') offset 0) as once(own),
                   unnest($9::text[]::tsquery[], $10::float8[]) as aim(lexeme, weight)
"""
_RANK: Final = "ts_rank(array[1, 1, 1, 1]::real[], own, lexeme)"
_HITS: Final = f"""
  select * from (
    with hit as materialized (
        select id, group_id, position, part
        from (
            select id, group_id, position, part, said_at, length, words from passages
            where scope_id = $1 and {{}} and {_ALLOWED}
            order by said_at desc limit {_MOST}
        ) as newest
        order by ({_RANKS.format(f"sum(weight * {_RANK})")}) / (0.7 + 0.3 * length / $11::float8) desc, said_at desc
        limit $12
    ), pool as (
        select id from hit
        union
        select beside.id from hit cross join lateral (
            (select id from passages p
             where p.scope_id = $1 and p.group_id = hit.group_id and (p.position, p.part) < (hit.position, hit.part)
             order by position desc, part desc limit 1)
            union all
            (select id from passages p
             where p.scope_id = $1 and p.group_id = hit.group_id and (p.position, p.part) > (hit.position, hit.part)
             order by position, part limit 1)
        ) as beside
    )
    select id, group_id, position, part, said_at, length, id in (select id from hit) as is_hit,
           array({_RANKS.format(_RANK)}) as ranks
    from passages
    where scope_id = $1 and id in (select id from pool) and {_ALLOWED}
  ) as seen
"""  # noqa: S608 - statements of ours
_CHOSEN: Final = """
    select id, kind, source_id, part, group_id, position, title, text, speaker, said_at, importance, pinned
    from passages where scope_id = $1 and id = any($2)
"""
_WITHIN: Final = """
    select id, kind, source_id, part, group_id, position, title, text, speaker, said_at, importance, pinned
    from passages
    where scope_id = $1 and group_id = $2 and (words @@ $3::text::tsquery) is true
      and (coalesce(position, 0), part, id) > ($4, $5, $6)
    order by coalesce(position, 0), part, id
    limit $7
"""
_NEIGHBOURS: Final = """
    select kind, source_id, text, said_at, part, group_id, position, title, speaker, language, importance, pinned,
           valid_until
    from passages
    where scope_id = $1 and group_id = $2 and position between $3 and $4
    order by position, part, id
"""


@dataclass(frozen=True, slots=True)
class Allowed:
    """What a question is narrowed down to."""

    kinds: Sequence[str]
    group_id: UUID | None
    but_group: UUID | None
    before: datetime | None
    since: datetime | None
    moment: datetime


@dataclass(frozen=True, slots=True)
class Aim:
    """What is looked for, by which lexemes it is compared and what each weighs, and the length of most passages."""

    looked_for: str
    lexemes: Sequence[str]
    weights: Sequence[float]
    average: float
    passages: int


@dataclass(frozen=True, slots=True)
class Count:
    """How many passages have a word. With the empty one, how many there are, and how many words in all of them."""

    passages: int
    length: int


async def counts(scope_id: UUID, lexemes: Sequence[str]) -> Mapping[str, Count]:
    """Of each of these that any passage of the scope has."""
    return {row["lexeme"]: Count(row["passages"], row["length"]) for row in await db.fetch(_COUNTS, scope_id, lexemes)}


async def beginning(scope_id: UUID, openings: Sequence[str], most: int) -> list[dict[str, int]]:
    """The most common words of the scope that begin so, with how many passages have each."""
    found: dict[str, dict[str, int]] = {opening: {} for opening in openings}
    for row in await db.fetch(_BEGINNING, scope_id, openings, most):
        found[row["opening"]][row["lexeme"]] = row["passages"]
    return list(found.values())


async def hits(scope_id: UUID, aim: Aim, allowed: Allowed, most: int) -> list[Row]:
    """The best of the passages that have what is looked for, and what stands right before and after each."""
    sql = _HITS.format(_LOOKED_AT if aim.passages <= _SMALL else _LOOKED_UP)
    compared = (aim.looked_for, aim.lexemes, aim.weights, aim.average)
    return await db.fetch(sql, scope_id, *astuple(allowed), *compared, most)


async def chosen(scope_id: UUID, ids: Sequence[UUID]) -> Mapping[UUID, Row]:
    """These passages."""
    return {row["id"]: row for row in await db.fetch(_CHOSEN, scope_id, ids)}


async def within(scope_id: UUID, group_id: UUID, looked_for: str, after: tuple[int, int, UUID], most: int) -> list[Row]:
    """The passages of a group that have all of this, in order, after a place."""
    return await db.fetch(_WITHIN, scope_id, group_id, looked_for, *after, most)


async def neighbours(scope_id: UUID, group_id: UUID, first: int, last: int) -> list[Row]:
    """What stands at these places of a group."""
    return await db.fetch(_NEIGHBOURS, scope_id, group_id, first, last)
