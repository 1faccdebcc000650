"""Every page that there is, and every error, is HTML to the letter."""

import html5lib
import pytest
from html5lib.html5parser import ParseError
from litestar.types import ASGIApp

from app.database.address import Address
from tests.cast import Player
from tests.doors import trying


async def test_every_page_is_valid_html(app: ASGIApp, database: Address, root: Player) -> None:
    answers = await trying.answers(app, root)
    pages = [(name, answer.text) for name, answer in answers if "text/html" in answer.headers.get("content-type", "")]
    wrong = {name: problem for name, text in pages if (problem := _problem(text))}
    print(f"HTML: {len(wrong)} of {len(pages)} pages are wrong")
    assert wrong == {}
    assert len(pages) > 100


def _problem(text: str) -> str:
    parser = html5lib.HTMLParser(strict=True)
    try:
        if text.lstrip().lower().startswith("<!doctype"):
            parser.parse(text)
        else:
            parser.parseFragment(text)
    except ParseError as wrong:
        return f"{wrong} at {parser.errors[-1:]}"
    return ""


@pytest.mark.parametrize("text", ["<!doctype html><p><div></p>", "<!doctype html><a id=x id=y>", "<!doctype html><b>"])
def test_what_is_wrong_is_noticed(text: str) -> None:
    assert _problem(text)
