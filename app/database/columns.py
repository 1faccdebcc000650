"""Columns that many tables have, and what a table says about itself."""

from enum import StrEnum
from uuid import UUID

from piccolo.columns import Column
from piccolo.columns.defaults.uuid import UUID4

from app.core.ids import new_id


class Kind(StrEnum):
    """Whose rows a table holds: it decides where they would live on a distributed engine, and who may read them.

    USER and PROJECT tables carry their group's column in every row, in every unique key and in every statement.
    REFERENCE tables are small and everywhere; LOCAL ones stay with the coordinator.
    """

    USER = "USER"
    PROJECT = "PROJECT"
    INDEX = "INDEX"
    REFERENCE = "REFERENCE"
    LOCAL = "LOCAL"


class NewId(UUID4):
    """A time-ordered id made by us; the database's own random default is only for rows that are written by hand."""

    def python(self) -> UUID:
        return new_id()


class TsVector(Column):
    """PostgreSQL's list of words and their places, as the app writes it. No query of Piccolo's asks for it."""

    value_type = str

    @property
    def column_type(self) -> str:
        return "TSVECTOR"
