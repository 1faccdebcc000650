"""What lies in a database: its tables, how many rows they have, and how to be rid of all of it."""

from typing import Any, Final

HISTORY: Final = "migration"
# What is ours: in the schema public, owned by the asking role, brought by no extension.
_TABLES: Final = """
    select quote_ident(relname) from pg_class
    where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition
      and relowner = current_user::regrole
      and not exists (select from pg_depend where objid = pg_class.oid and deptype = 'e')
    order by relname
"""
_FUNCTIONS: Final = """
    select oid::regprocedure::text from pg_proc
    where pronamespace = 'public'::regnamespace and proowner = current_user::regrole
      and not exists (select from pg_depend where objid = pg_proc.oid and deptype = 'e')
"""


async def tables(connection: Any) -> list[str]:
    """Our tables, quoted as SQL has them."""
    return [row[0] for row in await connection.fetch(_TABLES)]


async def counts(connection: Any) -> dict[str, int]:
    """How many rows each table has. For all tables at one moment, ask in one repeatable-read transaction."""
    return {name: await connection.fetchval(f"select count(*) from {name}") for name in await tables(connection)}  # noqa: S608 - a quoted name of a table


async def has_rows(connection: Any) -> bool:
    """Whether there is anything to lose: what only says which migrations ran is nothing."""
    for name in await tables(connection):
        if name != HISTORY and await connection.fetchval(f"select exists (select from {name})"):  # noqa: S608 - a quoted name of a table
            return True
    return False


async def drop_everything(connection: Any) -> None:
    """Leave an empty database; extensions stay."""
    async with connection.transaction():
        for name in await tables(connection):
            await connection.execute(f"drop table {name} cascade")
        for function in await connection.fetch(_FUNCTIONS):
            await connection.execute(f"drop function {function[0]} cascade")
