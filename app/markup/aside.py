"""What Markdown must not read: formulas, bare addresses and angle brackets are set aside before, and put back after.

Each leaves as many characters behind as it had, so an offset means the same before and after. Only a formula that
stands apart has more than one line, and none has an empty one: a text may be cut between its blocks, and the parts
still mean the same. What was set aside by mistake, inside code, comes back as it was.

No alternative of the patterns reads twice what it has read (`++` gives nothing back): the time is that of one reading.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

# Code points that no text has: Unicode keeps them for the inner use of programs.
MARK, FILL, LESS, COLON = "\ufdd0", "\ufdd1", "\ufdd2", "\ufdd3"
_UNFIT: Final = re.compile(f"[\\x00\ud800-\udfff{MARK}-{COLON}]")
_LONE_RETURN: Final = re.compile(r"\r(?!\n)")
_PLACE: Final = re.compile(f"{MARK}([\ue000-\uf8ff])([\ue000-\uf8ff]){FILL}*")
_ZERO, _BASE = 0xE000, 6400  # the digits of a place's number are taken from the private area

_LINE = r"\r?\n(?![ \t>]*(?:[\r\n]|`{3}|~{3}))"  # on to the next line of the paragraph
_DOUBLE = rf"(?:[^`\\$\r\n]++|\\[^\r\n]?+|\$(?!\$)|{_LINE})"
_SQUARE = rf"(?:[^`\\\r\n]++|\\(?![\[\]])[^\r\n]?+|{_LINE})"
_ROUND = r"(?:[^`\\\r\n]++|\\(?![()])[^\r\n]?+)"
_SINGLE = r"(?:[^`\\$\r\n]++|\\[^\r\n]?+)"
_MONEY = r"\d[\d.,]*+[ \t]*+[–—-]?+[ \t]*+[^\W\d_]{2}"  # noqa: RUF001 - a range of prices has dashes of all lengths
_FORMULA = rf"""
      \$\$(?!\$)(?P<double>{_DOUBLE}++)\$\$
    | \\\[(?P<square>{_SQUARE}++)\\\]
    | \\\((?P<round>{_ROUND}++)\\\)
    | (?<![A-Za-z0-9$])\$(?![\s$]|{_MONEY})(?P<single>{_SINGLE}++)(?<!\s)\$(?=(?:th|st|nd|rd|s)\b|[^A-Za-z0-9$]|\Z)"""
_OPEN = rf"""
    | (?=..[\s\S])(?P<open>(?:\$\$(?!\$){_DOUBLE}*+|\\\[{_SQUARE}*+|\\\({_ROUND}*+)(?:\r?\n)?+\Z)"""
_REST = r"""
    | (?:`{3}|~{3})[^\r\n]*+
    | (?<!`)`(?!`)[^`\r\n]++`(?!`)
    | (?<!`)``(?!`)(?:[^`\r\n]++|`(?!`))++``(?!`)
    | \\[^\r\n]
    | \](?:\(|:[ \t]*+)(?:<[^<>\r\n]*>|[^\s<>()`$\\]++)?+
    | <(?P<pointed>(?:https?://|mailto:)[^\s<>]++|[\w.+-]++@[\w-]++(?:\.[\w-]++)++)>
    | (?<![A-Za-z0-9_@/.])(?P<bare>(?:https?://|www\.)[^\s<>\[\]`|"\\\u3000-\u303f\uff00-\uffef]++)
    | (?P<less><)"""
_HINT = r"(?=[$\\`<\]]|~{3}|[hH][tT][tT][pP]|[wW]{3}\.)"  # most characters begin nothing
_CLOSED: Final = re.compile(f"{_HINT}(?:{_FORMULA}{_REST})", re.VERBOSE | re.IGNORECASE)
_GROWING: Final = re.compile(f"{_HINT}(?:{_FORMULA}{_OPEN}{_REST})", re.VERBOSE | re.IGNORECASE)

_PROSE: Final = re.compile(r"(?<![\\{A-Za-z])[A-Za-z]{2,}[ ,]+[A-Za-z]{2,}[ ,]")  # no formula, but two prices
_QUOTED: Final = re.compile(r"\n[ \t]*>(?:[ \t]*>)*")
_KINDS: Final = {
    "double": "block",
    "square": "block",
    "round": "inline",
    "single": "inline",
    "open": "open",
    "pointed": "address",
}
_TRAILING = "?!.,:;*_~'\""


@dataclass(frozen=True, slots=True)
class Kept:
    """Something that was set aside: a formula, on a line of its own or not, or an address."""

    source: str
    kind: str  # block, inline, open, address
    inner: str


class Sheltered:
    """A text as Markdown may read it, and what was set aside."""

    def __init__(self, text: str, *, is_growing: bool = False) -> None:
        self._kept: list[Kept] = []
        self.text = (_GROWING if is_growing else _CLOSED).sub(self._taken, fit(text))

    def _taken(self, found: re.Match[str]) -> str:
        kind, source = found.lastgroup, found[0]
        if kind is None:  # code and what is escaped: read, so that nothing begins inside
            return source
        if kind == "less":
            return LESS
        if kind == "single" and _PROSE.search(source):
            return source.replace("<", LESS)
        if kind == "bare":
            address = _without_trail(source)
            return self._keep(address, "address", address) + source[len(address) :]
        return self._keep(source, _KINDS[kind], _inner(found, kind))

    def _keep(self, source: str, kind: str, inner: str) -> str:
        high, low = divmod(len(self._kept), _BASE)
        self._kept.append(Kept(source, kind, inner))
        return f"{MARK}{chr(_ZERO + high)}{chr(_ZERO + low)}".ljust(len(source), FILL)

    def pieces(self, text: str) -> Iterator[str | Kept]:
        """The text that Markdown gave back, and between its parts what belongs there."""
        end = 0
        for place in _PLACE.finditer(text):
            yield text[end : place.start()]
            kept = self._at(place)
            if kept is not None:
                yield kept
            end = place.end()
        yield text[end:]

    def source(self, text: str) -> str:
        """The text that Markdown gave back as it was written."""
        if MARK in text:
            text = _PLACE.sub(lambda place: kept.source if (kept := self._at(place)) else "", text)
        return restored(text)

    def _at(self, place: re.Match[str]) -> Kept | None:
        number = (ord(place[1]) - _ZERO) * _BASE + ord(place[2]) - _ZERO
        return self._kept[number] if number < len(self._kept) else None


def fit(text: str) -> str:
    """The text as it may be read, as long as it was: without what no text should have in it, each line ended alike."""
    return _LONE_RETURN.sub("\n", _UNFIT.sub("\ufffd", text))


def restored(text: str) -> str:
    """The text with the single characters that stood for others."""
    return text.replace(LESS, "<").replace(COLON, ":")


def _inner(found: re.Match[str], kind: str) -> str:
    """A formula without its dollars and brackets, and without the marks of the quotation that it stands in."""
    inner = found[kind][2:] if kind == "open" else found[kind]
    if "\n" not in inner:
        return inner
    line = found.string[found.string.rfind("\n", 0, found.start()) + 1 : found.start()]
    return _QUOTED.sub("\n", inner) if line.lstrip().startswith(">") else inner


def _without_trail(address: str) -> str:
    """A bare address ends before the full stop of its sentence, and before a bracket that was opened outside of it."""
    closed_outside = address.count(")") - address.count("(")
    end = len(address)
    while end and (address[end - 1] in _TRAILING or (address[end - 1] == ")" and closed_outside > 0)):
        end -= 1
        closed_outside -= address[end] == ")"
    return address[:end]
