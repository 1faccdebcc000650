"""Code keeps every character and gets its colours, in the time of one reading."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.markup.code import LONGEST, coloured, figure
from app.markup.languages import LANGUAGES, OTHER_NAMES
from app.markup.vocabulary import vocabulary
from tests.markup.reading import words

SEEDS = (
    "(",
    "[",
    "{",
    "<",
    '"',
    "'",
    "`",
    "/*",
    "//",
    "#",
    "\\",
    "a",
    "a ",
    "a.",
    "a::",
    "a<",
    "<a ",
    "<!--",
    "'''",
    '"""',
    "${",
    "{{",
    "@a",
    "=",
    "--",
    "-a",
    "/",
    "|",
    "\n",
    "\t",
    " ",
    "0x",
    "1e",
    "1.",
    "a=",
    "a(",
    ":",
    "a:",
    "a: b\n",
    '"\\',
    "'\\",
    "r'",
    'f"{',
    "- a: ",
    "(*",
    "{-",
    "*)",
    "[[",
    "]]",
    "%q(",
    "<<A\n",
    "&",
    "&a",
    "!",
    "a!",
    "é",
    "0'",
    "$",
    "^",
    '"a" ',
    '"a":',
    '="',
    "a-",
    "@",
)


@pytest.mark.parametrize(
    ("name", "code", "parts"),
    [
        ("python", "async def f(x: B) -> None:  # c", {"k": "async def", "f": "f", "t": "B", "n": "None", "c": "# c"}),
        (
            "rust",
            "fn main<'a>() { println!(\"x\"); 'c' }",
            {"k": "fn", "f": "main", "t": "'a println!", "s": "\"x\" 'c'"},
        ),
        ("bash", "export A=$HOME # c", {"k": "export", "t": "$HOME", "c": "# c"}),
        ("json", '{"a": [1, true, "b"]}', {"t": '"a"', "n": "1 true", "s": '"b"'}),
        ("yaml", "a: b # c\n- d: 1", {"t": "a d", "c": "# c", "n": "1"}),
        ("sql", "SELECT 'it''s' from t -- c", {"k": "SELECT from", "s": "'it''s'", "c": "-- c"}),
        ("html", '<a href="x">t</a>', {"k": "<a > </a >", "t": "href", "s": '"x"'}),
        ("css", "a { color: #fff }", {"n": "#fff"}),
        ("diff", "@@ 1 @@\n-a\n+b\n c", {"k": "@@ 1 @@", "d": "-a", "i": "+b"}),
        ("go", "func F(s string) error { return nil }", {"k": "func string error return", "f": "F", "n": "nil"}),
    ],
)
def test_the_parts_of_code_have_their_colours(name: str, code: str, parts: dict[str, str]) -> None:
    html = coloured(name, code)
    found = {
        kind: " ".join(words(part.split("</span>")[0]) for part in html.split(f'<span class="{kind}">')[1:])
        for kind in parts
    }
    assert found == parts


@pytest.mark.parametrize("name", LANGUAGES)
@settings(deadline=None)
@given(st.text(alphabet="ab1_ \n\t\"'`\\/*#-+=<>(){}[]$@%&!?:;.,|~^é", max_size=80))
def test_no_character_is_lost(name: str, code: str) -> None:
    assert words(coloured.__wrapped__(name, code)) == code


@pytest.mark.parametrize("name", LANGUAGES)
def test_b14_hostile_code_is_coloured_in_one_reading(name: str) -> None:
    taken = {}
    for seed in SEEDS:
        code = (seed * LONGEST)[:LONGEST]
        began = time.process_time()
        assert words(coloured.__wrapped__(name, code)) == code
        taken[seed] = (time.process_time() - began) * 1_000
    worst = max(taken, key=lambda seed: taken[seed])
    print(f"B14: {name}: {len(SEEDS)} families at {LONGEST // 1_000} KB, the worst {worst!r} {taken[worst]:.0f} ms")


@pytest.mark.parametrize("name", LANGUAGES)
def test_a_language_that_has_keywords_knows_them(name: str) -> None:
    has_words = "w" in LANGUAGES[name].parts and name in vocabulary()
    assert has_words or name not in vocabulary()
    assert all(known in LANGUAGES for known in (*vocabulary(), *OTHER_NAMES.values()))


@pytest.mark.parametrize(
    ("info", "shown"), [("py", "Python"), ("C++", "C++"), ("{.sql}", "SQL"), ("tsx", "TypeScript"), ("x1", "x1")]
)
def test_a_figure_says_its_language(info: str, shown: str) -> None:
    assert f"<figcaption>{shown}</figcaption>" in figure(info, "x")


@pytest.mark.parametrize("info", ["", "text", "plaintext", "  "])
def test_what_has_no_language_says_none(info: str) -> None:
    assert figure(info, "x") == '<figure class="code"><pre tabindex="0"><code>x</code></pre></figure>\n'


def test_a_language_that_nobody_knows_stays_plain() -> None:
    assert "<span" not in figure("brainfuck", "+[->+<]")
    assert 'data-lang="brainfuck"' in figure("brainfuck", "+")


def test_what_is_very_long_stays_plain() -> None:
    assert "<span" not in figure("python", "x = 1\n" * LONGEST)


def test_a_hostile_name_is_its_text() -> None:
    assert figure('"><script>', "x").startswith('<figure class="code" data-lang="&quot;&gt;&lt;script&gt;">')
