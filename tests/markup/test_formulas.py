"""Formulas, as people and models write them, become MathML; what cannot stays readable."""

import re

import nh3
import pytest

from app.markup.clean import cleaned
from app.markup.formulas import LONGEST, formula
from app.markup.render import rendered
from tests.markup.reading import bare, words
from tests.markup.tex import FORMULAS


def _drawn(tex: str) -> str:
    return formula(tex, tex, is_block=True)


@pytest.mark.parametrize("tex", FORMULAS)
def test_real_formulas_are_drawn(tex: str) -> None:
    assert _drawn(tex).startswith('<math display="block">')


@pytest.mark.parametrize("tex", FORMULAS)
def test_what_is_drawn_survives_the_last_word(tex: str) -> None:
    everything = nh3.Cleaner(
        tags=set(re.findall(r"<(\w+)", _drawn(tex))), generic_attribute_prefixes={""}, link_rel=None
    )
    assert cleaned(_drawn(tex)) == everything.clean(_drawn(tex))


def test_no_formula_brings_a_style_of_its_own() -> None:
    assert not [tex for tex in FORMULAS if " style=" in _drawn(tex)]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("$x$ and $y$", 2),
        (r"\(x\) and \(y\)", 2),
        (r"\[x\]", 1),
        ("$$x$$", 1),
        ("$$\nx\n+ y\n$$", 1),
        ("\\[\n- x\n= y\n\\]", 1),
        ("the $n$th, ($x$), **$x$**, $x$-axis", 4),
        ("设$x$为", 1),
        ("| $|x|$ |\n|---|", 1),
        ("> $$\n> x\n> $$", 1),
        ("1. one\n   \\[\n   x\n   \\]", 1),
        ("```math\nx\n```", 1),
        (r"$5 \times 3$ and $2x$", 2),
        (r"$\text{a $b$ c_d}$", 1),
        ("$5 and $10", 0),
        ("US$5 and (US$6)", 0),
        ("from $5 to 10$ or so", 0),
        ("$20,000-$30,000 a year", 0),
        ("$HOME/$USER", 0),
        ("`$x$`", 0),
        ("```\n$$\nx\n$$\n```", 0),
        (r"\$x\$", 0),
        ("$ x $", 0),
        ("a$x", 0),
        ("$$\n\nx\n\n$$", 0),
        (r"\\(x\\)", 0),
        ("$x$y", 0),
    ],
)
def test_a_formula_is_told_from_money_and_code(text: str, count: int) -> None:
    assert rendered(text).count("<math") == count


def test_money_stays_as_it_is() -> None:
    assert bare(rendered("$5 and $10, US$6 & $HOME")) == "<p>$5 and $10, US$6 &amp; $HOME</p>\n"


def test_code_keeps_what_looks_like_a_formula() -> None:
    code = "$$\nx < y\n$$ \\[ \\] $z$ https://example.org"
    assert code in rendered(f"```text\n{code}\n```").replace("&lt;", "<")


def test_no_formula_begins_on_the_line_of_a_fence() -> None:
    assert words(rendered("```sh $$\necho $$\n```")).endswith("echo $$\n")


def test_what_cannot_be_drawn_shows_its_source() -> None:
    assert bare(rendered(r"a \(\nosuch{<x>}\) b")) == '<p>a <code class="tex">\\(\\nosuch{&lt;x&gt;}\\)</code> b</p>\n'


@pytest.mark.parametrize(
    "tex",
    [
        r"\href{javascript:alert(1)}{x}",
        r"\url{https://x}",
        r"\includegraphics{https://x}",
        r"\html{<b>}",
        r"\class{a}{b}",
        r"\style{color:red}{x}",
        r"\cssId{a}{b}",
        r"\unicode{x41}",
        r"\require{x}",
        r"\def\a{b}\a",
        r"\newcommand{\q}{x}\q",
        "{" * 50 + "x" + "}" * 50,
        "x" * (LONGEST + 1),
        " ",
    ],
)
def test_no_formula_can_do_more_than_be_drawn(tex: str) -> None:
    assert _drawn(tex).startswith('<code class="tex">')


@pytest.mark.parametrize(
    "hostile", ['\\text{<img src=x onerror="alert(1)">}', "\\text{</math><b>}", "x<script>alert(1)</script>y"]
)
def test_what_is_hostile_in_a_formula_is_its_text(hostile: str) -> None:
    assert not re.search(r"<(?:img|script|b)\b", rendered(f"$$ {hostile} $$"))


def test_b14_brackets_that_nothing_closes_do_not_double_the_time() -> None:
    """Version 0.9 of the parser tries twice what follows each: forty of them would take days."""
    assert _drawn("(" * 40 + "[" * 40).startswith("<math")
