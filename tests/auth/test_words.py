"""What people write comes back as they wrote it, and what they search for is text and nothing else."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import characters, text

from app.audit import service as audit
from app.audit.queries import Filter
from app.auth import people
from app.core.errors import Rejected
from app.core.text import is_clean
from app.database.engine import db
from tests.cast import Player

HOSTILE = (
    "%",
    "_",
    "\\",
    "a%",
    "%\\",
    "'",
    "';drop table users;--",
    '"',
    "$1",
    "{}",
    "{0}",
    "a & | !",
    "(",
    "\x00",
    "\ud83d",
    "x" * 5000,
    "\u202e",
    "👩\u200d👩\u200d👧",
)


@pytest.mark.parametrize("words", HOSTILE, ids=ascii)
async def test_a27_a_search_finds_only_what_has_these_very_words(words: str, alice: Player, bob: Player) -> None:
    found = await people.listed(words)
    named = [person for person in found.rows if words.strip().lower() in f"{person.name} {person.email}".lower()]
    assert list(found.rows) == named or not is_clean(words)


@pytest.mark.parametrize("words", [words for words in HOSTILE if is_clean(words)], ids=ascii)
async def test_a27_the_trail_is_filtered_by_the_very_word(words: str, alice: Player) -> None:
    assert not (await audit.entries(Filter(action=words[:60]))).rows


def legal_texts() -> list[str]:
    """What hypothesis thinks of first when it wants to break a text that PostgreSQL can hold."""
    found: list[str] = []

    @settings(max_examples=200, database=None, suppress_health_check=list(HealthCheck))
    @given(text(characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1, max_size=80))
    def collect(example: str) -> None:
        found.append(example)

    collect()
    return found


async def test_b13_every_legal_text_comes_back_as_it_was_written() -> None:
    texts = legal_texts()
    changed = [each for each in texts if await db.fetch_value("select $1::text", each) != each]
    print(f"B13: {len(changed)} of {len(texts)} legal texts came back changed")
    assert changed == []


async def test_b13_a_name_in_any_script_is_kept_to_the_letter(alice: Player) -> None:
    for name in ("Zoë", "李小龍", "محمد", "👩\u200d👩\u200d👧", "e\u0301", "می\u200cشود", "a" * 100):
        await people.update_profile(alice.id, name)
        assert (await people.profile(alice.id)).name == name


async def test_b13_a_name_that_turns_the_line_around_is_refused(alice: Player) -> None:
    with pytest.raises(Rejected):
        await people.update_profile(alice.id, "\u202eadmin")
