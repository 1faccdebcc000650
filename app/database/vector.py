"""A column of 384 numbers that stand for a meaning. Values go to and from the wire in binary, never as text."""

from typing import Any

from piccolo.columns import Column

DIMENSIONS = 384


class Vector(Column):
    """pgvector's type in a Piccolo table. Its size is part of the type: changing it takes raw SQL in a migration."""

    value_type = list

    def __init__(self, dimensions: int = DIMENSIONS, **kwargs: Any) -> None:
        self.dimensions = dimensions
        kwargs["dimensions"] = dimensions
        super().__init__(**kwargs)

    @property
    def column_type(self) -> str:
        return f"VECTOR({self.dimensions})"
