"""Markdown that we wrote ourselves: its links lead where they say, and its headings can be led to."""

import re
from html import escape, unescape
from typing import Any

from app.core.text import slug
from app.markup import links
from app.markup.aside import Sheltered
from app.markup.drawing import MARKDOWN, Drawing
from app.markup.html import Html


def written(text: str) -> Html:
    """The text as HTML, each heading of the level it has, with an anchor named after its words."""
    shelter = Sheltered(text)
    return Html(_Guide(shelter).html(MARKDOWN.events(shelter.text)))


class _Guide(Drawing):
    def _begin_heading(self, _: Any) -> None:
        self._waiting.append(len(self._out))
        self._put("")

    def _end_heading(self, level: str) -> None:
        place, tag = self._waiting.pop(), level.lower()
        words = unescape(re.sub(r"<[^>]*>", "", "".join(self._out[place:])))
        self._out[place] = f'<{tag} id="{slug(words)}">'
        self._put(f"</{tag}>\n")

    def _address(self, written: str) -> str:
        return written if written.startswith(("/", "#")) else links.address(written)

    def _opening(self, target: str, words: str) -> str:
        return links.opening(target, words) if links.host(target) else f'<a href="{escape(target)}">'
