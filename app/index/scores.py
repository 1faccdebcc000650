"""How well each passage answers a question: three shares, added up.

    score = words + around + group / 2

- words: for every word of the question that the passage has, how rare it is in the scope (as in BM25), times how often
  it stands there (PostgreSQL's ts_rank: 0.61 for once, towards 1 for ever more); all of it divided by 0.7 + 0.3 of the
  passage's length against the average, since a long text has more words by chance.
- around: the same for the passage together with the ones right before and after it. An answer seldom repeats the words
  of its question.
- group: the mean of words + around of the three best passages of the same conversation or document.

Recency weighs nothing: among equals the newest comes first. Measured: `tests/bench/recall.py`.
"""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate, pairwise
from typing import Final
from uuid import UUID

from app.index.passages import Shares

_BY_LENGTH: Final = 0.3
_BEST_OF_GROUP: Final = 3
_MOST_TERMS: Final = 24
_ENOUGH: Final = 2000  # passages that are compared, more or less


@dataclass(frozen=True, slots=True)
class Seen:
    """A passage as it is compared. `ranks` says how strongly it has each lexeme; a hit has at least one."""

    id: UUID
    group_id: UUID | None
    position: int | None
    part: int
    said_at: datetime
    length: int
    is_hit: bool
    ranks: Sequence[float]


@dataclass(frozen=True, slots=True)
class Term:
    """A word of the question: at which places of `ranks` its lexemes are, and what it weighs."""

    places: Sequence[int]
    weight: float


@dataclass(frozen=True, slots=True)
class Weighed:
    """A question against a scope. Its rarest words choose the passages that are compared; all of them compare."""

    lexemes: Sequence[str]
    terms: Sequence[Term]
    choosing: Sequence[str]
    passages: int
    average: float

    @property
    def weights(self) -> list[float]:
        """What each lexeme weighs."""
        return [term.weight for term in self.terms for _ in term.places]


def weighed(known: Sequence[Mapping[str, int]], passages: int, average: float) -> Weighed:
    """Weigh words, of which each is known by some lexemes, and each of these to some of the passages."""
    known = sorted(known, key=_having)[:_MOST_TERMS]
    lexemes = [lexeme for one in known for lexeme in one]
    terms, first = [], 0
    for one in known:
        terms.append(Term(range(first, first + len(one)), _rarity(passages, _having(one))))
        first += len(one)
    reach = list(accumulate(map(_having, known)))
    choosing = [lexeme for one, all_ in zip(known, reach, strict=True) for lexeme in one if all_ <= _ENOUGH]
    return Weighed(lexemes, terms, choosing or list(known[0]), passages, max(average, 1.0))


def _having(one: Mapping[str, int]) -> int:
    return max(one.values())


def _rarity(passages: int, having: int) -> float:
    return math.log(1 + (max(passages - having, 0) + 0.5) / (having + 0.5))


def scored(seen: Sequence[Seen], question: Weighed) -> dict[UUID, Shares]:
    """The shares of every passage."""
    strengths = {one.id: [max(map(one.ranks.__getitem__, term.places)) for term in question.terms] for one in seen}
    beside = _beside(seen)
    plain: dict[UUID, tuple[float, float]] = {}
    for one in seen:
        run = [one, *beside[one.id]]
        length = sum(each.length for each in run) / len(run)
        best = [max(strength) for strength in zip(*(strengths[each.id] for each in run), strict=True)]
        plain[one.id] = (
            _share(strengths[one.id], one.length, question),
            _share(best, length, question),
        )
    groups = _groups(seen, {id_: words + around for id_, (words, around) in plain.items()})
    return {one.id: Shares(*plain[one.id], groups[one.group_id] if one.group_id else 0.0) for one in seen}


def _share(strengths: Sequence[float], length: float, question: Weighed) -> float:
    weight = sum(term.weight * strength for term, strength in zip(question.terms, strengths, strict=True))
    return weight / (1 - _BY_LENGTH + _BY_LENGTH * length / question.average)


def total(shares: Shares) -> float:
    """The score."""
    return shares.words + shares.around + shares.group / 2


def _beside(seen: Sequence[Seen]) -> Mapping[UUID, list[Seen]]:
    """What stands right before and after each. Of two that are no hits it is not known whether anything is between."""
    found: defaultdict[UUID, list[Seen]] = defaultdict(list)
    placed = [one for one in seen if one.group_id is not None and one.position is not None]
    for one, other in pairwise(sorted(placed, key=lambda one: (one.group_id, one.position, one.part))):
        if one.group_id == other.group_id and (one.is_hit or other.is_hit):
            found[one.id].append(other)
            found[other.id].append(one)
    return found


def _groups(seen: Sequence[Seen], values: Mapping[UUID, float]) -> Mapping[UUID | None, float]:
    of_group: defaultdict[UUID | None, list[float]] = defaultdict(list)
    for one in seen:
        of_group[one.group_id].append(values[one.id])
    return {group: sum(sorted(them)[-_BEST_OF_GROUP:]) / _BEST_OF_GROUP for group, them in of_group.items()}
