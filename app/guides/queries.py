"""The tables as they are declared: what the guide to the schema is drawn from."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from piccolo.columns import ForeignKey
from piccolo.table import Table

from app.database import registry
from app.database.columns import Kind


@dataclass(frozen=True, slots=True)
class Column:
    """One column in words."""

    name: str
    type: str
    notes: str


@dataclass(frozen=True, slots=True)
class Described:
    """One table in words."""

    name: str
    kind: str
    doc: str
    columns: Sequence[Column]


def tables() -> list[Described]:
    """Every table, in the order of its slice."""
    return [_described(table) for table in registry.tables()]


def _described(table: type[Table]) -> Described:
    kind = next(iter(set(table._meta.tags) & set(Kind)))  # noqa: SLF001 - Piccolo's way to ask a table about itself
    columns = [_column(column) for column in table._meta.columns]  # noqa: SLF001 - likewise
    return Described(table._meta.tablename, kind, " ".join((table.__doc__ or "").split()), columns)  # noqa: SLF001 - likewise


def _column(column: object) -> Column:
    meta = column._meta  # type: ignore[attr-defined]  # noqa: SLF001 - likewise
    notes = [
        "key" if meta.primary_key else "",
        "unique" if meta.unique else "",
        "may be empty" if meta.null else "",
        f"→ {_target(column)}" if isinstance(column, ForeignKey) else "",
    ]
    return Column(meta.db_column_name, column.column_type.lower(), ", ".join(note for note in notes if note))  # type: ignore[attr-defined]


def _target(column: ForeignKey[Any]) -> str:
    meta = column._foreign_key_meta  # noqa: SLF001 - likewise
    return f"{meta.resolved_references._meta.tablename}, on delete {meta.on_delete.value.lower()}"  # noqa: SLF001 - likewise
