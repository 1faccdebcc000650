"""Footnotes: numbered as they are met, drawn at the end."""

from collections.abc import Iterator


class Notes:
    """The footnotes of one text; `name` keeps their ids apart from those of other texts on the page."""

    def __init__(self, name: str) -> None:
        self._name = f"{name}-" if name else ""
        self._numbers: dict[str, int] = {}
        self._times: dict[int, int] = {}  # how often each was referred to
        self._html: dict[str, str] = {}

    def reference(self, label: str) -> str:
        """A raised number that leads to the note."""
        number = self._numbers.setdefault(label.casefold(), len(self._numbers) + 1)
        self._times[number] = self._times.get(number, 0) + 1
        here = self._back(number, self._times[number])
        link = f'<a id="{here}" href="#{self._name}fn-{number}" role="doc-noteref">{number}</a>'
        return f'<sup class="fn">{link}</sup>'

    def define(self, label: str, html: str) -> None:
        """What the note says; the first definition counts."""
        self._html.setdefault(label.casefold(), html)

    def html(self) -> str:
        """Those that were referred to, as a list, or nothing."""
        notes = "".join(self._items())
        return f'<section class="footnotes" role="doc-endnotes">\n<ol>\n{notes}</ol>\n</section>\n' if notes else ""

    def _items(self) -> Iterator[str]:
        for label, number in self._numbers.items():
            backs = "".join(
                f' <a href="#{self._back(number, time)}" role="doc-backlink">↩</a>'
                for time in range(1, self._times[number] + 1)
            )
            html = self._html.get(label, "")
            if html.endswith("</p>\n"):  # the way back stands at the end of the last line
                html = html.removesuffix("</p>\n") + f"{backs}</p>"
            else:
                html += f"<p>{backs}</p>"
            yield f'<li id="{self._name}fn-{number}" dir="auto">{html}\n</li>\n'

    def _back(self, number: int, time: int) -> str:
        return f"{self._name}fnref-{number}" + (f"-{time}" if time > 1 else "")
