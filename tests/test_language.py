"""Every sentence in every language: nothing left over, nothing lost on the way, and the page runs the right way."""

import re
from collections.abc import Sequence
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Final

import httpx2
import pytest
from litestar.types import ASGIApp

from app.auth import letters, people
from app.core import language as spoken
from app.core.language import LANGUAGES, RIGHT_TO_LEFT, direction, negotiated
from app.database.engine import db
from app.jobs.queue import later
from app.preferences import service as preferences
from app.web import translations
from tests import cast, catalogue
from tests.cast import Player, csrf, sign_in
from tests.doors import trying, walk

ROOT: Final = Path(__file__).parents[1]
PLACE: Final = re.compile(r"%\(\w+\)[sd]|%%|%")
# Words that English cannot do without, and German does not have.
ENGLISH: Final = re.compile(
    r"\b(the|and|you|your|is|are|of|to|for|with|this|that|it|has|been|yet|sign|save|saved|close|delete|search|send|"
    r"cancel|settings|preferences|devices?|page|account|role|people|nothing|nobody|somebody|help|back|older|newer|"
    r"ago|day|days|hours?|minutes|seconds?|now|here|please|try|again|this|there|which|every|once)\b",
    re.IGNORECASE,
)
SPOKEN: Final = (
    "aria-label",
    "placeholder",
    "title",
    "alt",
    "data-label",
    "data-none",
    "data-copied",
    "data-unreached",
)
SILENT: Final = frozenset({"script", "style", "code", "kbd", "datalist"})
VOID: Final = frozenset({"meta", "link", "input", "br", "hr", "img", "source", "wbr", "col", "area", "base"})


def sentences(language: str) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    """What each sentence is in English, and in this language."""
    return [(_forms(message.id), _forms(message.string)) for message in catalogue.catalogue(language) if message.id]


def _forms(text: Any) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text)


CATALOGUES: Final = [name for name in LANGUAGES if name != "en"]


@pytest.mark.parametrize("language", CATALOGUES)
def test_a_translation_has_the_same_places_to_fill(language: str) -> None:
    differing = []
    for english, translated in sentences(language):
        wanted = sorted(PLACE.findall(english[-1]))
        found = [sorted(PLACE.findall(form)) for form in translated]
        if found[-1] != wanted or any(not set(places) <= set(wanted) for places in found):
            differing.append((english, translated))
    assert differing == []


@pytest.mark.parametrize("language", CATALOGUES)
def test_a_translation_begins_and_ends_like_its_sentence(language: str) -> None:
    ends = re.compile(r"[.!?:…]$")
    for english, translated in sentences(language):
        for one, other in zip(english, translated, strict=True):
            assert other == other.strip() or one != one.strip(), other
            assert not other or ends.findall(one) == ends.findall(other), (one, other)


def test_german_is_set_with_its_own_marks() -> None:
    for _, translated in sentences("de"):
        for text in translated:
            assert not re.search(r'["“]\w|\w["”]|--|\.\.\.|\S…(?!\w)\Z', text.replace("whsec_…", "")), text


@pytest.mark.parametrize("language", CATALOGUES)
def test_a_catalogue_holds_no_sentence_that_nobody_says(language: str) -> None:
    said = {_forms(message) for message in catalogue.sentences()}
    assert [english for english, _ in sentences(language) if english not in said] == []


# Which one ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("de", "de"),
        ("de-AT,de;q=0.9,en;q=0.8", "de"),
        ("en-GB,en;q=0.9,de;q=0.8", "en"),
        ("fr,de;q=0.3", "de"),
        ("fr;q=0.9,en;q=0.2,de;q=0.7", "de"),
        ("de;q=0", "en"),
        ("DE", "de"),
        ("*", "en"),
        ("de;q=x,;;,,", "en"),
        ("x" * 10_000 + ",de", "de"),
    ],
)
def test_strangers_are_answered_as_their_browser_asks(header: str, language: str) -> None:
    assert negotiated(header) == language


async def test_a_stranger_reads_the_language_of_the_browser(client: httpx2.AsyncClient) -> None:
    german = await client.get("/sign-in", headers={"accept-language": "de-CH, en;q=0.5"})
    english = await client.get("/sign-in", headers={"accept-language": "fr"})
    assert ('<html lang="de" dir="ltr"' in german.text, '<html lang="en" dir="ltr"' in english.text) == (True, True)


async def test_what_a_person_chose_wins_and_holds_at_once(client: httpx2.AsyncClient, alice: Player) -> None:
    await sign_in(client, alice)
    client.headers["accept-language"] = "en"
    form = {"theme": "system", "language": "de", "timezone": "Europe/Berlin", "shortcuts_on": "on"}
    answer = await client.post("/preferences", data={**form, "_csrf": await csrf(client)})
    page = await client.get(answer.headers["location"])
    assert '<html lang="de"' in page.text
    assert "<title>Einstellungen · Commonplace" in page.text
    await preferences.change(alice.id, language="")
    assert '<html lang="en"' in (await client.get("/preferences")).text


def test_a_catalogue_is_read_once_and_only_when_it_is_spoken() -> None:
    translations._catalogue.cache_clear()  # noqa: SLF001 - the cache is what is tried
    token = spoken.language.set("de")
    try:
        assert [translations.gettext("Sign in") for _ in range(3)] == ["Anmelden"] * 3
    finally:
        spoken.language.reset(token)
    told = translations._catalogue.cache_info()  # noqa: SLF001
    assert (told.misses, told.hits) == (1, 2)


# What is on the pages -----------------------------------------------------------------------------------------------


class Reader(HTMLParser):
    """Reads out a page as far as it is in the language that the page says it is."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self._skips: list[bool] = []

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        skips = tag in SILENT or (tag != "html" and given.get("lang") == "en") or any(self._skips[-1:])
        if not skips:
            self.said += [value for name in SPOKEN if (value := given.get(name))]
        if tag not in VOID:
            self._skips.append(skips)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            self._skips.pop()

    def handle_data(self, data: str) -> None:
        if not any(self._skips[-1:]) and data.strip():
            self.said.append(" ".join(data.split()))


def english_on(page: str) -> list[str]:
    """What was not translated."""
    reader = Reader()
    reader.feed(page)
    german = {english[0]: translated[0] for english, translated in sentences("de")}
    return [text for text in reader.said if ENGLISH.search(text) or german.get(text, text) != text]


async def _furnished(root: Player) -> None:
    """Something for the pages to show."""
    await preferences.change(root.id, language="de", timezone="Europe/Berlin")
    someone = await cast.enter("dora")
    await people.set_role(root.id, someone.id, "TEAM_LEAD")
    await people.deactivate(root.id, someone.id)
    await later("account.sweep")


async def test_no_page_for_who_is_signed_in_has_english_left(app: ASGIApp, root: Player) -> None:
    await _furnished(root)
    wrong, pages = {}, 0
    async with trying.browser(app, root) as client:
        for door in walk.doors(app):
            if door.method != "GET" or door.is_api:
                continue
            answer = await client.get(await walk.own(door, root))
            if "<html" not in answer.text:
                continue
            pages += 1
            assert '<html lang="de" dir="ltr"' in answer.text, door
            if left := english_on(_without_title(door, answer.text)):
                wrong[f"{door} {answer.status_code}"] = left
    assert wrong == {}
    assert pages > 20


def _without_title(door: walk.Door, page: str) -> str:
    """A guide is in English, which its title cannot say."""
    return re.sub("<title>.*</title>", "", page) if door.path == "/help/{name}" else page


async def test_no_page_for_strangers_has_english_left(app: ASGIApp, database: object) -> None:
    async with trying.browser(app) as client:
        client.headers["accept-language"] = "de"
        for door in walk.doors(app):
            if door.method == "GET" and door.is_open and not door.is_api:
                answer = await client.get(walk.unknown(door))
                if "<html" in answer.text:
                    assert english_on(_without_title(door, answer.text)) == [], door


@pytest.mark.parametrize(
    "address", ["/nowhere", "/account/archives/nothing", "/%zz", "/?%00", "/sign-in?x=" + "y" * 20_000]
)
async def test_what_went_wrong_is_told_in_german(client: httpx2.AsyncClient, alice: Player, address: str) -> None:
    await sign_in(client, alice)
    await preferences.change(alice.id, language="de")
    answer = await client.get(address, headers={"accept-language": "de"})
    assert answer.status_code >= 400
    assert '<html lang="de" dir="ltr"' in answer.text
    assert english_on(answer.text) == []


async def test_what_is_wrong_with_a_field_is_told_in_german(client: httpx2.AsyncClient, alice: Player) -> None:
    await sign_in(client, alice)
    await preferences.change(alice.id, language="de")
    form = {"theme": "neon", "language": "de", "timezone": "Mars", "_csrf": await csrf(client)}
    answer = await client.post("/preferences", data=form)
    assert answer.status_code == 400
    assert "Diese Zeitzone gibt es nicht." in answer.text
    assert english_on(answer.text) == []


async def test_a_program_is_told_in_its_language_too(client: httpx2.AsyncClient, alice: Player) -> None:
    await sign_in(client, alice)
    await preferences.change(alice.id, language="de")
    headers = {"x-csrf-token": await csrf(client)}
    answer = await client.patch("/api/preferences", json={"theme": "dark", "language": "xx"}, headers=headers)
    assert answer.json()["errors"] == {"language": "Wähle etwas aus der Liste."}
    both = await client.patch("/api/preferences", json={"timezone": "Mars", "language": "xx"}, headers=headers)
    assert both.json()["detail"] == "Wähle etwas aus der Liste. Diese Zeitzone gibt es nicht."


async def test_whoever_asks_too_often_is_told_in_german_how_long_to_wait(app: ASGIApp, database: object) -> None:
    async with trying.browser(app) as client:
        client.headers["accept-language"] = "de"
        answers = [await client.post("/sign-in", data={"email": "x@example.com"}) for _ in range(40)]
    answer = next(each for each in answers if each.status_code == 429)
    assert re.search(r"Warte (eine Sekunde|\d+ Sekunden) und versuche es dann noch einmal", answer.text)
    assert english_on(answer.text) == []


async def test_no_text_of_the_database_is_taken_for_a_sentence(client: httpx2.AsyncClient, alice: Player) -> None:
    await sign_in(client, alice)
    await preferences.change(alice.id, language="de")
    await db.fetch("update users set name = 'Sign in' where id = $1 returning id", alice.id)
    assert '<span class="person-name">Sign in</span>' in (await client.get("/")).text


async def test_every_letter_speaks_german_to_whoever_does() -> None:
    token = spoken.language.set("de")
    try:
        written = [
            letters.sign_in("x@example.com", "https://x.example/1", 15),
            letters.invitation("x@example.com", "Alice", "https://x.example/1", 7),
            letters.invitation("x@example.com", "", "https://x.example/1", 7),
            letters.new_address("x@example.com", "Alice", "https://x.example/1", 15),
            letters.address_changed("x@example.com", "y@example.com"),
        ]
    finally:
        spoken.language.reset(token)
    for letter in written:
        assert 'lang="de"' in letter.html
        assert [letter.subject, *english_on(letter.html)] == [letter.subject]
        assert not ENGLISH.search(letter.subject + letter.text), letter.text


async def test_what_went_wrong_in_a_piece_of_a_page_is_told_in_german(
    client: httpx2.AsyncClient, alice: Player
) -> None:
    await sign_in(client, alice)
    await preferences.change(alice.id, language="de")
    answer = await client.get("/nowhere", headers={"hx-request": "true"})
    assert "Das gibt es nicht, oder es gehört dir nicht." in answer.text


# Which way it runs --------------------------------------------------------------------------------------------------


def test_languages_know_which_way_they_run() -> None:
    assert [direction(name) for name in ("en", "de", *sorted(RIGHT_TO_LEFT))] == ["ltr", "ltr", *["rtl"] * 4]


async def test_a_page_runs_from_right_to_left_where_its_language_does(
    client: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(LANGUAGES, "ar", "العربية")
    client.headers["accept-language"] = "ar"
    for address in ("/sign-in", "/nowhere", "/%zz"):
        assert '<html lang="ar" dir="rtl"' in (await client.get(address)).text


@pytest.mark.parametrize("file", sorted((ROOT / "static" / "css").glob("*.css")), ids=lambda file: file.name)
def test_styles_name_no_side_that_a_direction_turns_round(file: Path) -> None:
    text = re.sub(r"/\*.*?\*/", "", file.read_text(), flags=re.DOTALL)
    named = re.findall(r"(?<![\w-])(?:[\w-]+-)?(?:left|right|float)(?:-(?:width|style|color|radius))?\s*:", text)
    boxes = re.findall(r"(?<![\w-])(?:margin|padding|inset)\s*:([^;{}]+)(?=[;}])", text)
    lopsided = [box for box in boxes if len(sides := _sides(box)) == len("trbl") and sides[1] != sides[3]]
    turned = [found for found in re.findall(r"text-align:\s*(?:left|right)", text) if "&:dir(rtl)" not in text]
    assert named + lopsided + turned == []


def _sides(box: str) -> list[str]:
    """The lengths of a shorthand; what stands in brackets is one."""
    while (shorter := re.sub(r"\([^()]*\)", "", box)) != box:
        box = shorter
    return box.replace("!important", "").split()
