"""What was opened in the last lines and not closed yet, closed: so that no marks are seen while somebody writes."""

import re
from typing import Final

LONGEST: Final = 4_000  # a paragraph beyond is left as it is

_EMPTY_LINE: Final = re.compile(r"\n[ \t>]*\n")
# The first signs of a line, of which only the next piece says what they begin.
_BEGINNING: Final = re.compile(
    r"(?:\A|(?<=\n))[ \t>]*(?:[-*+]?[ \t]*(?:\[[ xX]?\]?)?|[-=+*_#>|:~`]+|\d{1,3}[.)]?)[ \t]*\Z"
)
_UNFINISHED_NOTE: Final = re.compile(r"\[\^[^\]\n]*\Z")
_UNFINISHED_LINK: Final = re.compile(r"!?\[([^\[\]\n]*)(?:\]\([^()\n]*)?\Z")
_UNFINISHED_MARK: Final = re.compile(r"(?:(?<=\s)|\A)[*_~`$]+\Z|\\[\[(]?\Z")
_UNFINISHED: Final = ((_UNFINISHED_NOTE, ""), (_UNFINISHED_LINK, r"\1"), (_UNFINISHED_MARK, ""), (_BEGINNING, ""))
_MARK: Final = re.compile(r"\\.|`+|\*+|_+|~~", re.DOTALL)


def mended(text: str, start: int = 0) -> str:
    """The text with its last paragraph closed; what stands before `start` is none of it."""
    start = max((found.end() for found in _EMPTY_LINE.finditer(text, start)), default=start)
    lines = text[start:]
    if len(lines) > LONGEST:
        return text
    for unfinished, kept in _UNFINISHED:
        lines = unfinished.sub(kept, lines)
    end = lines.rstrip()
    opened = _opened(end)
    return text[:start] + _without_half(end, opened) + "".join(reversed(opened)) + lines[len(end) :]


def _opened(lines: str) -> list[str]:
    """The marks that were opened and not closed, in their order."""
    opened: list[str] = []
    for found in _MARK.finditer(lines):
        mark = found[0]
        in_code = bool(opened) and opened[-1][0] == "`"
        if mark[0] == "\\" or (in_code and mark != opened[-1]):
            continue
        before, after = lines[: found.start()][-1:], lines[found.end() :][:1]
        if mark in opened and not before.isspace():
            del opened[opened.index(mark) :]
        elif after and not after.isspace() and (mark[0] == "`" or not before.isalnum()):
            opened.append(mark)
    return opened


def _without_half(lines: str, opened: list[str]) -> str:
    """The lines without the first half of a mark that closes."""
    if opened and len(opened[-1]) > 1 and not lines.endswith(opened[-1]):
        return lines.rstrip(opened[-1][0])
    return lines
