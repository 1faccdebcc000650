"""What higher floors keep of a person and every page needs: read in the same look as who is asking.

A floor offers a column over `users u` and what it means. Three statements a request become one.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from app.core.asker import Asker

Meaning = Callable[[Asker, Any], Asker]
_offered: Final[dict[str, tuple[str, Meaning]]] = {}


def offer(name: str, column: str, meaning: Meaning) -> None:
    """Read this column of a person too, and let it tell more of the asker."""
    _offered[name] = column, meaning


def columns() -> str:
    """Everything that was offered, to follow the columns of a statement."""
    return "".join(f", ({column}) as {name}" for name, (column, _) in _offered.items())


def completed(asker: Asker, row: Mapping[str, Any]) -> Asker:
    """The asker, with what these columns say."""
    for name, (_, meaning) in _offered.items():
        asker = meaning(asker, row[name])
    return asker
