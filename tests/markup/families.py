"""B14: families of texts that make a parser slow, deep or verbose, each as long as is asked for."""

from collections.abc import Callable, Mapping
from typing import Final


def _again(part: str) -> Callable[[int], str]:
    return lambda size: (part * (size // len(part) + 1))[:size]


def _nested_lists(size: int) -> str:
    return "".join("  " * level + "- a\n" for level in range(int(size**0.5)))


def _growing_ticks(size: int) -> str:
    return "".join("a" + "`" * count for count in range(int((2 * size) ** 0.5)))


def _wide_table(size: int) -> str:
    columns = size // 6
    return "|" + "a|" * columns + "\n|" + "-|" * columns + "\n" + "|\n" * columns


def _short_rows(size: int) -> str:
    return "|" + "a|" * 200 + "\n|" + "-|" * 200 + "\n" + "|a\n" * (size // 3)


def _definitions(size: int) -> str:
    return "".join(f"[a{number}]: /x\n" for number in range(size // 11))


def _one_long_definition(size: int) -> str:
    return "[a]: https://a.b/" + "x" * 1_000 + "\n\n" + "[a]" * (size // 3)


def _chained_notes(size: int) -> str:
    return "[^0]\n\n" + "".join(f"[^{number}]: [^{number + 1}]\n\n" for number in range(size // 14))


FAMILIES: Final[Mapping[str, Callable[[int], str]]] = {
    "quotations": _again(">"),
    "quotations apart": _again("> "),
    "lists in a line": _again("- "),
    "lists in lists": _nested_lists,
    "brackets": _again("["),
    "brackets in brackets": lambda size: "[" * (size // 2) + "]" * (size // 2),
    "pictures": _again("!["),
    "links": _again("[a]("),
    "empty links": _again("[]("),
    "links in a parenthesis": lambda size: "[a]" + "(" * size,
    "emphasis": _again("*a _b "),
    "strong emphasis": _again("**a "),
    "emphasis within words": _again("a**b_c"),
    "marks": _again("*_"),
    "backticks": _growing_ticks,
    "comments": _again("<!--"),
    "instructions": _again("<?"),
    "tags": _again("<a "),
    "addresses": _again("http://a.b/ "),
    "addresses in addresses": _again("www.a.b("),
    "mail": _again("<a@b.c "),
    "a wide table": _wide_table,
    "a table of short rows": _short_rows,
    "definitions": _definitions,
    "a long definition": _one_long_definition,
    "notes": _chained_notes,
    "one note": lambda size: "[^a]: x\n\n" + "[^a]" * (size // 4),
    "formulas": _again("$a$ "),
    "formulas that are open": _again("$$a "),
    "brackets of formulas": _again(r"\["),
    "parentheses of formulas": _again(r"\("),
    "deep formulas": _again("$" + r"\sqrt{" * 30 + "x" + "}" * 30 + "$ "),
    "chained formulas": _again("$" + r"\hat" * 490 + " x$ "),
    "formulas and code": _again("$`"),
    "prices": _again("$5 a"),
    "escapes": _again("\\"),
    "entities": _again("&amp;"),
    "strikes": _again("~a "),
    "headings": _again("# a\n"),
    "underlined headings": _again("a\n=\n"),
    "rules": _again("*\t"),
    "tasks": _again("- [ ] a\n"),
    "fences": _again("```\n"),
    "code": lambda size: "```java\n" + _again("a ")(size),
    "paragraphs": _again("a\n\n"),
}
