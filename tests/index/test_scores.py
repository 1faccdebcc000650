"""How passages are compared, without a database."""

from datetime import timedelta

import pytest

from app.core.ids import new_id
from app.index.scores import Seen, scored, total, weighed
from tests.index.passages import NOON

GROUP = new_id()
ONCE = 0.61


def seen(position: int | None, *ranks: float, length: int = 10, **given: object) -> Seen:
    usual = {"group_id": GROUP, "part": 0, "said_at": NOON + timedelta(minutes=position or 0), "is_hit": any(ranks)}
    return Seen(id=new_id(), position=position, length=length, ranks=ranks, **{**usual, **given})  # type: ignore[arg-type]


MOON = weighed([{"moon": 10}], 100, 10)


def test_a_word_weighs_more_the_fewer_passages_have_it() -> None:
    weights = [weighed([{"moon": having}], 1000, 10).weights[0] for having in (1, 10, 100, 900, 1000)]
    assert weights == sorted(weights, reverse=True)
    assert min(weights) > 0


def test_the_commonest_form_of_a_word_says_how_rare_it_is() -> None:
    question = weighed([{"running": 2, "run": 50}, {"moon": 50}], 100, 10)
    assert len(set(question.weights)) == 1
    assert question.lexemes == ["running", "run", "moon"]


def test_of_the_forms_of_a_word_the_strongest_counts() -> None:
    question = weighed([{"running": 2, "run": 50}], 100, 10)
    both, one = seen(None, ONCE, ONCE), seen(None, 0.0, ONCE)
    shares = scored([both, one], question)
    assert shares[both.id].words == shares[one.id].words > 0


def test_the_rarest_words_choose_and_all_of_them_compare() -> None:
    question = weighed([{"common": 9000}, {"rare": 3}, {"known": 1500}], 10_000, 10)
    assert question.choosing == ["rare", "known"]
    assert question.lexemes == ["rare", "known", "common"]
    assert weighed([{"common": 9000}], 10_000, 10).choosing == ["common"]


def test_what_stands_right_beside_counts_and_what_stands_further_does_not() -> None:
    hit, beside, further = seen(1, ONCE), seen(2, 0.0), seen(3, 0.0)
    shares = scored([further, hit, beside], MOON)
    assert [shares[one.id].around > 0 for one in (hit, beside, further)] == [True, True, False]
    assert shares[beside.id].words == 0


@pytest.mark.parametrize("other", [{"group_id": new_id()}, {"group_id": None}, {"position": None}])
def test_only_the_same_group_has_neighbours(other: dict[str, object]) -> None:
    hit, alone = seen(1, ONCE), seen(**{"position": 2, **other}, length=10)  # type: ignore[arg-type]
    alone = Seen(alone.id, alone.group_id, alone.position, 0, NOON, 10, is_hit=False, ranks=(0.0,))
    assert scored([hit, alone], MOON)[alone.id].around == 0


def test_parts_of_one_text_are_neighbours() -> None:
    first, second = seen(1, ONCE, part=0), seen(1, 0.0, part=1)
    assert scored([second, first], MOON)[second.id].around > 0


def test_a_group_is_worth_its_three_best() -> None:
    hits = [seen(10 * n, ONCE) for n in range(5)]
    shares = scored(hits, MOON)
    own = shares[hits[0].id].words + shares[hits[0].id].around
    assert {round(share.group, 6) for share in shares.values()} == {round(own, 6)}
    (alone,) = scored(hits[:1], MOON).values()
    assert alone.group == pytest.approx(own / 3)
    assert total(alone) == alone.words + alone.around + alone.group / 2


def test_a_passage_without_a_group_has_its_own_words_alone() -> None:
    (shares,) = scored([seen(None, ONCE, group_id=None)], MOON).values()
    assert (shares.words, shares.group) == (shares.around, 0.0)


def test_length_counts_against_the_average() -> None:
    short, usual, long = (seen(None, ONCE, length=length) for length in (5, 10, 40))
    shares = scored([short, usual, long], MOON)
    assert shares[short.id].words > shares[usual.id].words > shares[long.id].words > shares[usual.id].words / 2
