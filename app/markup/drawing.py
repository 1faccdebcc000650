"""Markdown, as the parser reads it, drawn as HTML: a method for what begins, and one for what ends."""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from html import escape, unescape
from typing import Any, Final

from pyromark import Markdown, Options

from app.markup import links
from app.markup.aside import MARK, Kept, Sheltered, restored
from app.markup.code import figure
from app.markup.formulas import formula, unread
from app.markup.notes import Notes

DEEPEST: Final = 100  # levels; browsers give up at five hundred
GROWTH: Final = 30  # times as long as the text
_LEAST: Final = 1_000  # a short text may become longer than that

MARKDOWN: Final = Markdown(
    options=Options.ENABLE_TABLES | Options.ENABLE_STRIKETHROUGH | Options.ENABLE_TASKLISTS | Options.ENABLE_FOOTNOTES
)

_TAGS: Final[Mapping[str, tuple[str, str]]] = {
    "Paragraph": ('<p dir="auto">', "</p>\n"),
    "BlockQuote": ('<blockquote dir="auto">\n', "</blockquote>\n"),
    "Item": ('<li dir="auto">', "</li>\n"),
    "TableHead": ("<thead>\n<tr>", "</tr>\n</thead>\n<tbody>\n"),
    "TableRow": ("<tr>", "</tr>\n"),
    "Emphasis": ("<em>", "</em>"),
    "Strong": ("<strong>", "</strong>"),
    "Strikethrough": ("<del>", "</del>"),
}
_WITHIN_A_LINE: Final = {"Emphasis", "Strong", "Strikethrough", "Link", "Image"}
_HEADINGS: Final[Mapping[str, str]] = {"H1": "h3", "H2": "h4", "H3": "h5", "H4": "h6", "H5": "h6", "H6": "h6"}
_ALIGNED: Final[Mapping[str, str]] = {"Center": ' class="center"', "Right": ' class="end"'}
_BREAKS: Final[Mapping[str, str]] = {"SoftBreak": "\n", "HardBreak": "<br>\n", "Rule": "<hr>\n"}
_ENTITY: Final = re.compile(r"&(?:#\d{1,7}|#[xX][\da-fA-F]{1,6}|[A-Za-z]\w{1,30});")
_MARK_OF_A_NOTE: Final = re.compile(r"\[\^([\w-]{1,40})\]")


_Ways = Mapping[str, Callable[[Any, Any], None]]


class TooMuch(Exception):
    """The text asks for more than a page can bear: for depth, or for far more than was written."""


class Drawing:
    """One text on its way to HTML."""

    def __init__(self, shelter: Sheltered, name: str = "", *, is_growing: bool = False) -> None:
        self._shelter, self._is_growing = shelter, is_growing
        self._out: list[str] = []
        self._room = GROWTH * max(len(shelter.text), _LEAST)
        self._depth = 0
        self._code: list[str] | None = None  # what a block of code has so far
        self._picture: list[str] | None = None  # the words for a picture
        self._link: list[str] | None = None  # the words of a link
        self._waiting: list[Any] = []  # what was put off until something ends
        self._label_is_open = False
        self._aligned: list[str] = []
        self._column, self._cell = 0, ""
        self._notes = Notes(name)
        self._pieces, self._begins, self._ends = self._ways()

    @classmethod
    @cache
    def _ways(cls) -> tuple[_Ways, _Ways, _Ways]:
        """What is done for each kind of event, and for each kind of element where it begins and where it ends."""
        pieces: _Ways = {
            "Text": cls._text,
            "Code": cls._words_of_code,
            "Html": cls._text,
            "InlineHtml": cls._text,
            "Start": cls._start,
            "End": cls._end,
            "FootnoteReference": cls._reference,
            "TaskListMarker": cls._box,
        }
        begins: _Ways = {
            "Heading": cls._begin_heading,
            "List": cls._begin_list,
            "CodeBlock": cls._begin_code,
            "Table": cls._begin_table,
            "TableHead": cls._begin_row,
            "TableRow": cls._begin_row,
            "TableCell": cls._begin_cell,
            "Link": cls._begin_link,
            "Image": cls._begin_picture,
            "FootnoteDefinition": cls._begin_note,
        }
        ends: _Ways = {
            "Heading": cls._end_heading,
            "List": cls._end_list,
            "CodeBlock": cls._end_code,
            "Table": cls._end_table,
            "TableHead": cls._end_head,
            "TableCell": cls._end_cell,
            "Link": cls._end_link,
            "Image": cls._end_picture,
            "FootnoteDefinition": cls._end_note,
        }
        return pieces, begins, ends

    def html(self, events: Iterable[Any]) -> str:
        """All of it."""
        for event in events:
            if isinstance(event, str):
                self._break(event)
            else:
                [(kind, value)] = event.items()
                self._pieces[kind](self, value)
        self._put(self._notes.html())
        return "".join(self._out)

    def _put(self, piece: str) -> None:
        self._room -= len(piece)
        if self._room < 0:
            raise TooMuch
        self._out.append(piece)

    # What a line is made of ---------------------------------------------------------------------------------------

    def _text(self, text: str) -> None:
        words = next((words for words in (self._code, self._picture, self._link) if words is not None), None)
        if words is not None:
            words.append(self._shelter.source(text))
        if self._code is not None or self._picture is not None:
            return
        if MARK not in text:
            self._put(self._plain(text))
            return
        for piece in self._shelter.pieces(text):
            self._put(self._plain(piece) if isinstance(piece, str) else self._kept(piece))

    def _plain(self, text: str) -> str:
        html = escape(restored(text), quote=False)
        if self._is_growing and "[^" in html:
            html = _MARK_OF_A_NOTE.sub(r'<sup class="fn">\1</sup>', html)
        return html

    def _kept(self, kept: Kept) -> str:
        match kept.kind:
            case "address":
                return self._bare_link(kept.inner)
            case "open":
                return unread(kept.inner.strip()) if kept.inner.strip() else ""
            case "block":
                return f'<span class="formula">{formula(kept.source, kept.inner, is_block=True)}</span>'
            case _:
                return formula(kept.source, kept.inner, is_block=False)

    def _bare_link(self, written: str) -> str:
        written = _ENTITY.sub(lambda found: unescape(found[0]), written)
        target = links.address(written) if self._link is None else ""
        shown = escape(written.removeprefix("mailto:"), quote=False)
        return f"{links.opening(target, written)}{shown}</a>" if target else shown

    def _words_of_code(self, text: str) -> None:
        source = self._shelter.source(text)
        for words in (self._picture, self._link):
            if words is not None:
                words.append(source)
        if self._picture is None:
            self._put(f"<code>{escape(source, quote=False)}</code>")

    def _break(self, kind: str) -> None:
        if self._picture is None:
            self._put(_BREAKS[kind])
        else:
            self._picture.append(" ")

    def _reference(self, label: str) -> None:
        self._put(self._notes.reference(label))

    def _box(self, is_done: bool) -> None:  # noqa: FBT001 - that is how the parser says it
        self._put(f'<label><input type="checkbox" disabled{" checked" if is_done else ""}> ')
        self._label_is_open = True

    # What begins and ends -----------------------------------------------------------------------------------------

    def _start(self, tag: Any) -> None:
        name, data = (tag, None) if isinstance(tag, str) else next(iter(tag.items()))
        self._depth += 1
        if self._depth > DEEPEST:
            raise TooMuch
        if self._picture is not None and name != "Image":
            return  # words alone
        self._close_label(name)
        if name in _TAGS:
            self._put(_TAGS[name][0])
        if name in self._begins:
            self._begins[name](self, data)

    def _end(self, tag: Any) -> None:
        name, data = (tag, None) if isinstance(tag, str) else next(iter(tag.items()))
        self._depth -= 1
        if self._picture is not None and name != "Image":
            return
        self._close_label(name)
        if name in self._ends:
            self._ends[name](self, data)
        if name in _TAGS:
            self._put(_TAGS[name][1])

    def _close_label(self, name: str) -> None:
        """The words of a task end where anything but a part of its line begins or ends."""
        if self._label_is_open and name not in _WITHIN_A_LINE:
            self._label_is_open = False
            self._put("</label>")

    def _begin_heading(self, heading: Any) -> None:
        self._put(f'<{_HEADINGS[heading["level"]]} dir="auto">')

    def _end_heading(self, level: str) -> None:
        self._put(f"</{_HEADINGS[level]}>\n")

    def _begin_list(self, first: int | None) -> None:
        self._put("<ul>\n" if first is None else "<ol>\n" if first == 1 else f'<ol start="{first}">\n')

    def _end_list(self, is_ordered: bool) -> None:  # noqa: FBT001 - likewise
        self._put("</ol>\n" if is_ordered else "</ul>\n")

    def _begin_code(self, kind: Any) -> None:
        self._waiting.append("" if isinstance(kind, str) else self._shelter.source(kind["Fenced"]))
        self._code = []

    def _end_code(self, _: None) -> None:
        code, info = "".join(self._code or ()).removesuffix("\n"), self._waiting.pop()
        self._code = None
        if info.strip() == "math":
            self._put(f'<p><span class="formula">{formula(code, code, is_block=True)}</span></p>\n')
        else:
            self._put(figure(info, code))

    def _begin_table(self, aligned: Any) -> None:
        self._aligned, self._cell = [_ALIGNED.get(each, "") for each in aligned], "th"
        self._put("<table>\n")

    def _end_table(self, _: None) -> None:
        self._put("</tbody>\n</table>\n")

    def _begin_row(self, _: None) -> None:
        self._column = 0

    def _end_head(self, _: None) -> None:
        self._cell = "td"

    def _begin_cell(self, _: None) -> None:
        self._put(f'<{self._cell} dir="auto"{self._aligned[self._column]}>')
        self._column += 1

    def _end_cell(self, _: None) -> None:
        self._put(f"</{self._cell}>")

    def _begin_link(self, data: Any) -> None:
        self._waiting.append((len(self._out), self._address(self._shelter.source(data["dest_url"]))))
        self._link = []
        self._put("")

    def _end_link(self, _: None) -> None:
        words, (place, target) = "".join(self._link or ()), self._waiting.pop()
        self._link = None
        if target:
            self._out[place] = self._opening(target, words)
            self._put(f"</a>{links.hint(target, words)}")

    def _address(self, written: str) -> str:
        return links.address(written)

    def _opening(self, target: str, words: str) -> str:
        return links.opening(target, words)

    def _begin_picture(self, data: Any) -> None:
        self._waiting.append((self._picture, self._shelter.source(data["dest_url"])))
        self._picture = []

    def _end_picture(self, _: None) -> None:
        words, (outer, target) = "".join(self._picture or ()), self._waiting.pop()
        self._picture = outer
        if outer is not None:
            outer.append(words)
        else:
            self._put(links.picture(target, words, is_linked=self._link is not None))

    def _begin_note(self, label: str) -> None:
        self._waiting.append((label, self._out))
        self._out = []

    def _end_note(self, _: None) -> None:
        label, out = self._waiting.pop()
        self._notes.define(label, "".join(self._out))
        self._out = out
