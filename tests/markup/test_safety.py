"""A6, A7: whatever is written, only what is harmless reaches the page; another parser than ours is the judge."""

import re
from collections.abc import Iterator
from typing import Any, Final

import html5lib
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.markup.clean import cleaned
from app.markup.growing import block_html, tail_html
from app.markup.render import rendered
from tests.markup.documents import documents
from tests.markup.families import FAMILIES
from tests.markup.hostile import HOSTILE

_HARMLESS = """
    a b blockquote br code del em figcaption figure h3 h4 h5 h6 hr i img input label li ol p pre section span strong sup
    table tbody td th thead tr ul
"""
HARMLESS: Final = frozenset(_HARMLESS.split())
DRAWN: Final = re.compile(
    r"m(?:ath|action|enclose|frac|i|multiscripts|n|o|over|padded|phantom|prescripts|root|row|space|sqrt"
    r"|style|sub|subsup|sup|table|td|text|tr|under|underover)"
)
ATTRIBUTES: Final = {
    "class": r"[a-z ]*",
    "dir": "auto",
    "target": "_blank",
    "rel": "noopener noreferrer nofollow",
    "tabindex": "0",
    "alt": r"(?s:.*)",
    "href": r"(?:https?://|mailto:)[^\s\"<>\\]+|#(?:[\w-]+-)?fn(?:ref)?-\d+(?:-\d+)?",
    "title": r"[^\s/]+",
    "loading": "lazy",
    "src": r"/files/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    "type": "checkbox",
    "disabled": "",
    "checked": "",
    "start": r"\d+",
    "id": r"(?:[\w-]+-)?fn(?:ref)?-\d+(?:-\d+)?",
    "role": r"doc-(?:noteref|backlink|endnotes)",
    "data-lang": r"(?s:.*)",
}
MATH: Final = re.compile(r"[\w.%+-]*")


def elements(html: str) -> Iterator[Any]:
    tree = html5lib.parseFragment(html, namespaceHTMLElements=False)
    return (element for element in tree.iter() if isinstance(element.tag, str) and element.tag != "DOCUMENT_FRAGMENT")


def harm(html: str) -> list[str]:
    """What in this HTML is not on the list."""
    found = []
    for element in elements(html):
        name, is_math = element.tag.rsplit("}", 1)[-1], DRAWN.fullmatch(element.tag.rsplit("}", 1)[-1])
        if name not in HARMLESS and not is_math:
            found.append(name)
        for attribute, value in element.attrib.items():
            pattern = ATTRIBUTES.get(attribute, MATH if is_math else None)
            if pattern is None or not re.fullmatch(pattern, value):
                found.append(f"{name} {attribute}={value}")
    return found


def test_a6_no_payload_becomes_more_than_text() -> None:
    wrong = {text: found for text in HOSTILE if (found := harm(rendered(text, "m")))}
    print(f"A6: {len(wrong)} of {len(HOSTILE)} payloads became more than text")
    assert wrong == {}
    assert len(HOSTILE) > 1_000


def test_a6_no_payload_becomes_more_than_text_while_it_grows() -> None:
    wrong = [text for text in HOSTILE if harm(tail_html(text)) or harm(block_html(text))]
    print(f"A6: {len(wrong)} of {len(HOSTILE)} payloads became more than text while they grew")
    assert wrong == []


@pytest.mark.parametrize("name", FAMILIES)
def test_a6_nothing_pathological_becomes_more_than_text(name: str) -> None:
    assert harm(rendered(FAMILIES[name](3_000))) == []


@settings(deadline=None)
@given(documents, st.sampled_from(HOSTILE), documents)
def test_a6_no_payload_among_other_things_becomes_more_than_text(before: str, text: str, after: str) -> None:
    whole = before + text + after
    assert harm(rendered(whole)) == harm(tail_html(whole)) == []


@settings(deadline=None)
@given(st.text())
def test_a6_no_text_becomes_more_than_text(text: str) -> None:
    assert harm(rendered(text)) == harm(tail_html(text)) == []


def test_a7_no_payload_loads_anything() -> None:
    loading = [text for text in HOSTILE if re.search(r"<[^>]*\s(?:src|srcset|poster|data|background)=", rendered(text))]
    print(f"A7: {len(loading)} of {len(HOSTILE)} payloads load anything")
    assert loading == []


@pytest.mark.parametrize(
    "html",
    [
        "<script>x</script>",
        '<p onclick="x">',
        '<p style="x">',
        '<div hx-get="/x">',
        '<p data-hx-get="/x">',
        '<p id="x">',
        "<iframe>",
        '<a href="javascript:x">',
        '<a href="/sign-out">',
        '<a href="#top">',
        '<img src="https://x">',
        '<img src="/files/x">',
        "<svg>",
        '<img src="x" onerror="y">',
        "<form>",
        '<input type="text">',
        "<button>",
        '<math href="x">',
        "<maction>",
        "<annotation-xml>",
        '<math><mi href="javascript:x">',
        '<math><mtext><style><img src="x" onerror="y">',
        '<a id="x">',
        '<li id="main">',
        "<base>",
        "<link>",
        "<meta>",
        "<object>",
        "<template>",
        '<a target="_top" href="https://x">',
        '<p class="toast">',
        "<details>",
        "<audio>",
    ],
)
def test_a6_the_last_word_stands_on_its_own(html: str) -> None:
    """What drew it is not asked: this came from nowhere."""
    assert harm(cleaned(html)) == []
    assert not re.search(r"<(?:div|script|style|svg|form|button|iframe)|(?:hx-|on\w+|style|toast|main)", cleaned(html))
