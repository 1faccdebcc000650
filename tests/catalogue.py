"""The sentences of the house, and the catalogues that have them in other languages.

.venv/bin/python -m tests.catalogue     brings every catalogue in step: new sentences empty, old ones gone
"""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parents[1]
LOCALE = ROOT / "templates" / "locale"
Sentence = str | tuple[str, ...]
_PYTHON = {"marked": None, "gettext": None, "ngettext": (1, 2)}
_JINJA = {"_": None, "gettext": None, "ngettext": (1, 2)}
_OPTIONS = {"trimmed": "false", "newstyle_gettext": "true"}


def sentences() -> dict[Sentence, list[tuple[str, int]]]:
    """Every sentence, with the places it stands in."""
    found: dict[Sentence, list[tuple[str, int]]] = {}
    for place, line, message in _every():
        found.setdefault(message, []).append((place, line))
    return found


def _every() -> Iterator[tuple[str, int, Sentence]]:
    for file in sorted(ROOT.glob("templates/**/*.html")):
        yield from _extracted(file, "jinja2", _JINJA, _OPTIONS)
    for file in sorted(ROOT.glob("app/**/*.py")):
        yield from _extracted(file, "python", _PYTHON, {})
        yield from _of_errors(file)


def _extracted(
    file: Path, method: str, keywords: Mapping[str, Any], options: Mapping[str, str]
) -> Iterator[tuple[str, int, Sentence]]:
    with file.open("rb") as source:
        for line, message, _, _ in extract(method, source, keywords=keywords, options=options):
            yield str(file.relative_to(ROOT)), line, message


def _of_errors(file: Path) -> Iterator[tuple[str, int, Sentence]]:
    """The sentences that the error classes carry."""
    if file.name != "errors.py":
        return
    for node in ast.walk(ast.parse(file.read_text())):
        match node:
            case (
                ast.Assign(targets=[ast.Name("sentence")], value=ast.Constant(str(text)))
                | ast.AnnAssign(target=ast.Name("sentence"), value=ast.Constant(str(text)))
            ):
                yield str(file.relative_to(ROOT)), node.lineno, text
            case _:
                pass


def catalogue(language: str) -> Catalog:
    """The catalogue of a language as it stands; empty where there is none yet."""
    file = LOCALE / f"{language}.po"
    if not file.is_file():
        return Catalog(locale=language)
    with file.open("rb") as source:
        return read_po(source, locale=language)


def bring_in_step(language: str) -> int:
    """Write the catalogue anew; how many sentences it still lacks."""
    old, new = catalogue(language), Catalog(locale=language, project="Commonplace", fuzzy=False)
    missing = 0
    for message, places in sorted(sentences().items(), key=lambda item: str(item[0])):
        known = old.get(message)
        string = known.string if known and known.id == message else None
        new.add(message, string, locations=sorted({(place, 0) for place, _ in places}))
        missing += not (all(string) if isinstance(string, tuple | list) else string)
    with (LOCALE / f"{language}.po").open("wb") as out:
        write_po(out, new, width=110, omit_header=True, include_lineno=False)
    return missing


if __name__ == "__main__":
    print(bring_in_step("de"), "sentences are missing")
