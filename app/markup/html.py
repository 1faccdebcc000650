"""HTML as a type of its own, and the way for plain text to become it."""

from html import escape


class Html(str):
    """Text that is HTML already; templates do not escape it."""

    __slots__ = ()

    def __html__(self) -> str:
        return self


def plain(text: str) -> Html:
    """The text as it was written, in one paragraph that keeps its lines."""
    return Html(f'<p class="plain" dir="auto">{escape(text, quote=False)}</p>\n')
