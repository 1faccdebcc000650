"""A7: nothing is fetched by itself, and a link says where it leads."""

import re

import pytest

from app.markup.links import address, host
from app.markup.render import rendered
from tests.markup.reading import bare, words

OURS = "/files/01234567-89ab-cdef-0123-456789abcdef"


@pytest.mark.parametrize("there", ["https://example.org/a?b=c#d", "http://example.org", "mailto:a@example.org"])
def test_a_link_leads_out_into_a_window_of_its_own(there: str) -> None:
    html = rendered(f"[words]({there})")
    assert f'href="{there}"' in html
    assert 'target="_blank" rel="noopener noreferrer nofollow"' in html


@pytest.mark.parametrize(
    "there",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "java&#10;script:x",
        "data:text/html,x",
        "vbscript:x",
        "file:///etc/passwd",
        "//evil.example",
        "/sign-out",
        "../x",
        "#top",
        "?x",
        "x",
        "blob:https://x",
        "https:",
        "https:///x",
        "http:x",
        r"https://good.example\\@evil.example",
        "https://good.example&#x202e;/",
        "ftp://x.y",
        "<https://a b.c>",
        "tel:1",
        "https://[::1",
        "https://a:99999/",
        "view-source:https://a.b",
        "mailto:",
        "https://a.b/" + "x" * 2_000,
    ],
)
def test_a_link_to_anything_else_is_its_words(there: str) -> None:
    assert "href" not in rendered(f"[words]({there})")
    assert "words" in rendered(f"[words]({there})")


@pytest.mark.parametrize(
    ("text", "there"),
    [
        ("see https://example.org/a_b_c.", "https://example.org/a_b_c"),
        ("(https://example.org/x_(y))", "https://example.org/x_(y)"),
        ("**https://example.org**", "https://example.org"),
        ("www.example.org/x,", "https://www.example.org/x"),
        ("<https://example.org/?q=a*b*c>", "https://example.org/?q=a*b*c"),
        ("<a@example.org>", "mailto:a@example.org"),
        ("| https://example.org/x |\n|---|", "https://example.org/x"),
        ("https://example.org/見る。次", "https://example.org/見る"),
        ("https://example.org/?a=1&amp;b=2&copy=3", "https://example.org/?a=1&amp;b=2&amp;copy=3"),
        ("[x](https://example.org/?a=1&amp;b=2)", "https://example.org/?a=1&amp;b=2"),
    ],
)
def test_a_bare_address_is_a_link(text: str, there: str) -> None:
    assert re.findall(r'href="([^"]*)"', rendered(text)) == [there]


def test_an_address_in_code_is_none() -> None:
    assert "href" not in rendered("`https://example.org`\n\n    https://example.org\n\n```\nhttps://example.org\n```")


def test_an_address_as_the_words_of_a_link_is_one_link() -> None:
    assert rendered("[https://example.org](https://example.org)").count("<a ") == 1


def test_the_host_is_told_where_the_words_hide_it() -> None:
    assert 'title="example.org"' in rendered("[the docs](https://example.org/x)")
    assert "title" not in rendered("[example.org](https://example.org/x)")


@pytest.mark.parametrize(
    "shown", ["https://good.example", "good.example", "Sign in at good.example", "www.good.example/x"]
)
def test_the_host_is_shown_where_the_words_speak_of_another(shown: str) -> None:
    assert words(rendered(f"[{shown}](https://evil.example/)")).strip().endswith("evil.example")
    assert not words(rendered(f"[{shown}](https://good.example/)")).strip().endswith("example good.example")


def test_letters_that_look_like_others_show() -> None:
    assert host("https://gооgle.com") == "xn--ggle-55da.com"
    assert host("https://good.example@evil.example") == "evil.example"


def test_what_is_written_without_its_scheme_gets_one() -> None:
    assert address("www.example.org") == "https://www.example.org"
    assert address("a@example.org") == "mailto:a@example.org"


def test_a_picture_of_ours_is_shown() -> None:
    assert bare(rendered(f"![a *b*]({OURS})")) == f'<p><img src="{OURS}" alt="a b" loading="lazy"></p>\n'


def test_a_picture_of_others_is_a_chip_that_says_where_it_lies() -> None:
    html = bare(rendered('![a "plan"](https://example.org/p.png?secret)'))
    assert html == (
        '<p><a class="chip" href="https://example.org/p.png?secret">a "plan" '
        '<span class="host">example.org</span></a></p>\n'
    )


@pytest.mark.parametrize(
    "there",
    [
        "https://example.org/x.png",
        "//example.org/x.png",
        "/files/../../evil",
        f"{OURS}/../x",
        f"{OURS}?x",
        f"https://x{OURS}",
        f"{OURS}%0a",
        f"/{OURS}",
        "data:image/png;base64,xx",
        "/files/x",
        "x.png",
        "/sign-out",
        f"{OURS} onerror=x",
    ],
)
def test_a7_nothing_but_a_file_of_ours_is_ever_loaded(there: str) -> None:
    for text in (f"![x]({there})", f"![x](<{there}>)", f"![x][r]\n\n[r]: <{there}>", f"[![x]({there})](https://a.b)"):
        assert "<img" not in rendered(text)
        assert "src=" not in rendered(text)


def test_a_chip_within_a_link_is_no_link_itself() -> None:
    html = rendered("[![p](https://one.example/p.png)](https://two.example)")
    assert html.count("<a ") == 1
    assert 'href="https://two.example"' in html
