"""The index: what slices put is found again by its words, by its owner alone.

Slices write in their own unit of work, together with what a passage is a copy of. A scope is a person or a project.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from app.core.clock import now
from app.core.ids import new_id
from app.database.engine import unit
from app.index.lexemes import lexemes, quoted
from app.index.marks import Meant, matched
from app.index.passages import Found, Kind, Passage, Place, Shares
from app.index.queries import reading, writing
from app.index.queries.reading import Aim, Allowed
from app.index.questions import Question, either, question
from app.index.scores import Seen, Weighed, scored, total, weighed

_POOL: Final = 64  # passages that are compared closely, with what stands beside them
_MOST_OPENINGS: Final = 8
_A_WHILE: Final = 20_000  # letters, after which others get their turn
_UNRANKED: Final = Shares(0.0, 0.0, 0.0)
_FIRST: Final = UUID(int=0)
_AS_STORED: Final = (
    "kind",
    "source_id",
    "part",
    "group_id",
    "position",
    "title",
    "text",
    "speaker",
    "said_at",
    "importance",
    "pinned",
)


async def put(scope_id: UUID, passages: Sequence[Passage]) -> None:
    """Keep these as they are now. A source has no parts beyond the last that is given; some hundred are one call.

    The scope is then the caller's until the unit of work ends: let it end soon, and put last.
    """
    rows = {}
    read = 0
    for passage in passages:
        rows[passage.kind, passage.source_id, passage.part] = _row(passage)
        read += len(passage.text)
        if read > _A_WHILE:
            await asyncio.sleep(0)
            read = 0
    if rows:
        async with unit():
            await writing.take(scope_id)
            await writing.put(scope_id, list(rows.values()))


def _row(passage: Passage) -> Mapping[str, Any]:
    found, language = lexemes(passage)
    texts = {name: _storable(getattr(passage, name)) for name in ("title", "text", "speaker")}
    words = {"language": language, "words": str(found), "length": found.length}
    return asdict(passage) | texts | words | {"id": new_id()}


def _storable(text: str) -> str:
    """What PostgreSQL can store: a file that was read as text may hold anything."""
    return text.replace("\x00", "\ufffd").encode(errors="replace").decode()


async def remove(scope_id: UUID, kind: Kind, source_ids: Sequence[UUID]) -> None:
    """These are not found any more."""
    async with unit():
        await writing.take(scope_id)
        await writing.remove(scope_id, kind, source_ids)


async def remove_group(scope_id: UUID, group_id: UUID) -> None:
    """A conversation or a document goes for good."""
    async with unit():
        await writing.take(scope_id)
        await writing.remove_group(scope_id, group_id)


async def forget(scope_id: UUID) -> None:
    """Everything of this scope goes."""
    async with unit():
        await writing.take(scope_id)
        await writing.forget(scope_id)


# Finding --------------------------------------------------------------------------------------------------------------


async def find(  # noqa: PLR0913 - each narrows the question down in a way of its own
    scope_id: UUID,
    asked: str,
    *,
    most: int = 8,
    kinds: Sequence[Kind] = (),
    group_id: UUID | None = None,
    but_group: UUID | None = None,
    before: datetime | None = None,
    since: datetime | None = None,
    recalling: bool = False,
) -> list[Found]:
    """The passages of the scope that answer best, the best first.

    The question has words, "words in this order" that must be there, and -words that must not. In recalling it is
    something that was said: no sign in it means anything, and a passage may be found for what stands beside it alone.
    """
    what = question(asked, is_plain=recalling)
    weights = await _weighed(scope_id, what)
    if weights is None:
        return []
    allowed = Allowed(list(kinds), group_id, but_group, before, since, now())
    seen = [Seen(**row) for row in await reading.hits(scope_id, _aim(what, weights), allowed, _POOL)]
    shares = scored(seen, weights)
    best = [one for one in seen if recalling or any(one.ranks)]
    best.sort(key=lambda one: (total(shares[one.id]), one.said_at), reverse=True)
    return await _shown(scope_id, {one.id: shares[one.id] for one in best[:most]}, Meant(frozenset(weights.lexemes)))


async def _weighed(scope_id: UUID, what: Question) -> Weighed | None:
    """The words of the question against the scope; None where it has none of them."""
    counts = await reading.counts(scope_id, ["", *{lexeme for word in what.words for lexeme in word.lexemes}])
    if not what.words or "" not in counts:
        return None
    known = [{lexeme: counts[lexeme].passages for lexeme in word.lexemes if lexeme in counts} for word in what.words]
    openings = [word.opening for word, found in zip(what.words, known, strict=True) if not found and word.opening]
    known += await reading.beginning(scope_id, openings, _MOST_OPENINGS) if openings else []
    known = [found for found in known if found]
    return weighed(known, counts[""].passages, counts[""].length / counts[""].passages) if known else None


def _aim(what: Question, weights: Weighed) -> Aim:
    looked_for = what.but_excluded(what.phrases or either(weights.choosing))
    lexemes = list(map(quoted, weights.lexemes))
    return Aim(looked_for, lexemes, weights.weights, weights.average, weights.passages)


async def _shown(scope_id: UUID, shares: Mapping[UUID, Shares], what: Meant) -> list[Found]:
    rows = await reading.chosen(scope_id, list(shares))
    return [_found(rows[id_], what, share) for id_, share in shares.items() if id_ in rows]


def _found(row: Mapping[str, Any], what: Meant, shares: Shares) -> Found:
    return Found(
        passage_id=row["id"],
        **{name: row[name] for name in _AS_STORED},
        score=total(shares),
        matched=matched(row["text"], what),
        shares=shares,
    )


async def within(
    scope_id: UUID, group_id: UUID, asked: str, *, after: Place | None = None, most: int = 50
) -> list[Found]:
    """Every passage of a conversation that has all these words, or words that begin so, in the order of its places.

    The next page comes after the place of the last of the page before.
    """
    what = question(asked)
    if not what.all_words:
        return []
    place = after or Place(0, -1, _FIRST)
    rows = await reading.within(scope_id, group_id, what.but_excluded(what.all_words), place, most)
    lexemes = frozenset(lexeme for word in what.words for lexeme in word.lexemes)
    return [_found(row, Meant(lexemes, what.openings), _UNRANKED) for row in rows]


async def neighbours(scope_id: UUID, group_id: UUID, position: int, before: int, after: int) -> list[Passage]:
    """The passages at this place of a group and around it, in order."""
    rows = await reading.neighbours(scope_id, group_id, position - before, position + after)
    return [Passage(**row) for row in rows]
