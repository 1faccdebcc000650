"""Markdown to HTML: for text that we wrote ourselves. Raw HTML in it stays text."""

from itertools import pairwise

from app.core.lazy import load
from app.core.text import slug


class Html(str):
    """Text that is HTML already; templates do not escape it."""

    __slots__ = ()

    def __html__(self) -> str:
        return self


def rendered(text: str) -> Html:
    """The text as HTML, each heading with an anchor named after its words."""
    parser = load("markdown_it").MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = parser.parse(text)
    for opening, inline in pairwise(tokens):
        if opening.type == "heading_open":
            opening.attrSet("id", slug(inline.content))
    return Html(parser.renderer.render(tokens, parser.options, {}))
