"""What the tables in the code have that the migrations do not: nothing, or a new migration."""

import contextlib
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, Final

from piccolo.table import Table

from app.core import clock
from app.core.errors import Rejected
from app.core.lazy import load
from app.database import history, registry
from app.database.registry import MIGRATIONS

_LINE: Final = 120
_LONGEST_NAME: Final = 60


@dataclass(frozen=True, slots=True)
class Difference:
    """Statements for a migration, and what they need at the top of the file."""

    statements: Sequence[str]
    imports: Sequence[str]
    definitions: Sequence[str]


async def difference(tables: Sequence[type[Table]] | None = None, folder: Path = MIGRATIONS) -> Difference:
    """Compare the tables with what all migrations together make. Asks on the console when a name may have changed."""
    auto: Any = load("piccolo.apps.migrations.auto")
    managers = [await found.module().forwards() for found in history.in_folder(folder)]
    now = [_as_compared(auto, table) for table in (registry.tables() if tables is None else tables)]
    differ = auto.SchemaDiffer(schema=now, schema_snapshot=auto.SchemaSnapshot(managers).get_snapshot())
    with contextlib.redirect_stdout(io.StringIO()):  # its statistics; its questions are asked before
        found = differ.get_alter_statements()
    return Difference(
        statements=list(chain.from_iterable(part.statements for part in found)),
        imports=sorted({repr(line) for part in found for line in part.extra_imports}),
        definitions=sorted({repr(line) for part in found for line in part.extra_definitions}),
    )


def _as_compared(auto: Any, table: type[Table]) -> Any:
    meta = table._meta  # noqa: SLF001 - Piccolo has no other way to a table's columns
    return auto.DiffableTable(
        class_name=table.__name__,
        tablename=meta.tablename,
        columns=meta.non_default_columns,
        constraints=meta.constraints,
        schema=meta.schema,
    )


async def new(description: str, tables: Sequence[type[Table]] | None = None, folder: Path = MIGRATIONS) -> Path | None:
    """Write the migration that is missing; None where nothing is."""
    slug = _slug(description)
    found = await difference(tables, folder)
    if not found.statements:
        return None
    moment = clock.now()
    path = folder / f"{moment:%Y_%m_%d_%H%M%S}_{slug}.py"
    path.write_text(_formatted(_text(f"{moment:%Y-%m-%dT%H:%M:%S:%f}", description, found)))
    return path


def _slug(description: str) -> str:
    slug = re.sub(r"[^a-z0-9]+", "_", description.lower()).strip("_")[:_LONGEST_NAME].rstrip("_")
    if not slug:
        raise Rejected("Say in a few words what the migration does; its file is named after them.")
    return slug


def _text(name: str, description: str, found: Difference) -> str:
    head = ["from piccolo.apps.migrations.auto.migration_manager import MigrationManager", *found.imports]
    body = [
        f"manager = MigrationManager(migration_id=ID, app_name={registry.NAME!r}, description=DESCRIPTION)",
        *found.statements,
        "return manager",
    ]
    return "\n".join(
        [
            f'"""{_sentence(description)}"""',
            *head,
            *found.definitions,
            f"ID = {name!r}",
            f"DESCRIPTION = {_plain(description)!r}",
            "async def forwards() -> MigrationManager:",
            *(f"    {line}" for statement in body for line in statement.splitlines()),
        ]
    )


def _plain(description: str) -> str:
    """Without what would end the line or the quotes that the description is read back from."""
    return " ".join(description.replace('"', "'").replace("\\", "/").split())


def _sentence(description: str) -> str:
    plain = _plain(description)
    return plain[0].upper() + plain[1:].rstrip(".") + "."


def _formatted(text: str) -> str:
    """Piccolo brings a formatter for what it writes."""
    black: Any = load("piccolo.apps.migrations.commands.new").black
    written: str = black.format_str(text, mode=black.FileMode(line_length=_LINE))
    return written
