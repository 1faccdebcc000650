"""Ready for more than one machine: what the tables say of themselves holds, and every statement keeps to it."""

import ast
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import asyncpg
import pytest
from litestar.types import ASGIApp

from app.database import engine
from app.database.address import Address
from app.database.columns import Kind
from app.database.observed import measured
from app.database.registry import tables
from tests.cast import Player
from tests.doors import trying, walk

GROUP: Final = {Kind.USER: "user_id", Kind.PROJECT: "project_id", Kind.INDEX: "scope_id"}
KINDS: Final[dict[str, Kind]] = {
    table._meta.tablename: Kind(next(iter(set(table._meta.tags) & set(Kind))))  # noqa: SLF001 - Piccolo's way to ask a table about itself
    for table in tables()
}
OWNED: Final = {name: GROUP[kind] for name, kind in KINDS.items() if kind in GROUP}
# Housekeeping over everybody, which answers nobody and names whose rows it then touches.
ACROSS: Final = frozenset(
    {
        "select distinct user_id from notifications where created_at < $1 limit 500",
        "select count(*) from runs where owner = $1",
        "select distinct user_id from attachments where message_id is null and created_at < $1 limit 500",
        (
            "select user_id, array_agg(id) as ids from ( select f.user_id, f.id from attached_files f where not exists "
            "( select from attachments a where a.user_id = f.user_id and a.file_id = f.id) limit 500 ) as lost "
            "group by user_id"
        ),
        (
            "select user_id, array_agg(id) as ids from ( select user_id, id from conversations where deleted_at < $1 "
            "or (temporary and active_at < $2) limit 500 ) as late group by user_id"
        ),
    }
)

_COLUMNS: Final = "select attname from pg_attribute where attrelid = $1::regclass and attnotnull and attnum > 0"
_UNIQUE: Final = """
    select c.relname as name, array_agg(a.attname::text) as columns
    from pg_index i join pg_class c on c.oid = i.indexrelid
    join pg_attribute a on a.attrelid = i.indrelid and a.attnum = any(i.indkey)
    where i.indrelid = $1::regclass and i.indisunique group by 1
"""
_FOREIGN: Final = """
    select conname as name, conrelid::regclass::text as here, confrelid::regclass::text as there, confdeltype as deletes
    from pg_constraint where contype = 'f' and connamespace = 'public'::regnamespace
"""
_TRIGGERS: Final = "select tgrelid::regclass::text, tgname from pg_trigger where not tgisinternal"


async def _ask(address: Address, sql: str, *values: Any) -> list[Any]:
    connection = await asyncpg.connect(host=address.host, user="postgres", database=address.database)
    try:
        return list(await connection.fetch(sql, *values))
    finally:
        await connection.close()


# Tables ---------------------------------------------------------------------------------------------------------------


async def test_every_row_of_an_owned_table_says_whose_it_is(database: Address) -> None:
    needed = {name: {row[0] for row in await _ask(database, _COLUMNS, name)} for name in OWNED}
    assert [name for name, group in OWNED.items() if group not in needed[name]] == []
    assert len(OWNED) >= 3


async def test_what_is_unique_is_unique_within_its_group(database: Address) -> None:
    wrong = [
        f"{name}.{row['name']}"
        for name, group in OWNED.items()
        for row in await _ask(database, _UNIQUE, name)
        if group not in row["columns"] and row["columns"] != ["id"]  # the plain key; the move makes it (group, id)
    ]
    assert wrong == []


async def test_no_foreign_key_leads_from_one_group_to_another(database: Address) -> None:
    distributed = set(OWNED)
    keys = await _ask(database, _FOREIGN)
    wrong = [
        f"{key['name']}: {key['here']} to {key['there']}"
        for key in keys
        if key["there"] in distributed and KINDS[key["here"]] != KINDS[key["there"]]
    ]
    assert wrong == []
    assert len(keys) > 5


async def test_nothing_within_a_group_is_set_to_null_by_the_database(database: Address) -> None:
    keys = await _ask(database, _FOREIGN)
    wrong = [key["name"] for key in keys if key["here"] in OWNED and key["deletes"] in (b"n", b"d")]
    assert [name for name in wrong if not name.endswith("author_id")] == []


async def test_triggers_stand_on_local_tables_alone(database: Address) -> None:
    found = await _ask(database, _TRIGGERS)
    assert [tuple(row) for row in found if KINDS[row[0]] != Kind.LOCAL] == []
    assert found, "the audit trail is guarded by one"


# Statements -----------------------------------------------------------------------------------------------------------


def problem(sql: str) -> str:
    """What is wrong with a statement: it touches an owned table without saying whose rows it means."""
    plain = " ".join(sql.replace('"', "").split()).lower()
    if plain in ACROSS or not re.match(r"(with|select|insert|update|delete)\b", plain):
        return ""
    touched = [
        (name, group)
        for name, group in OWNED.items()
        if re.search(rf"\b(from|join|into|update|only|using)\s+(public\.)?{name}\b", plain)
    ]
    lacking = [name for name, group in touched if not _names(plain, name, group)]
    if lacking:
        return f"{', '.join(lacking)} without its group: {plain}"
    if re.search(r"\b(do update )?set\b[^;]*\b(random|clock_timestamp|uuidv7|gen_random_uuid)\(", plain):
        return f"a volatile function: {plain}"
    return f"a volatile function: {plain}" if re.search(r"do update set .*\bnow\(\)", plain) else ""


def _names(sql: str, table: str, group: str) -> bool:
    inserted = re.search(rf"insert into (public\.)?{table} \(([^)]*)\)", sql)
    if inserted:
        return group in re.split(r"\W+", inserted[2])
    return re.search(rf"\b{group}\s*(=|in\b)|= \w*\.?{group}\b|\$\d+\s*=\s*(any\()?[\w.]*{group}", sql) is not None


@pytest.mark.parametrize(
    ("sql", "is_wrong"),
    [
        ("select text from notifications where id = $1", True),
        ("delete from notifications where created_at < $1", True),
        ("insert into notifications (id, text) values ($1, $2)", True),
        ("select n.text from jobs j join notifications n on n.id = j.id", True),
        (
            "insert into user_stats (user_id) values ($1) on conflict (user_id) do update set last_active_at = now()",
            True,
        ),
        ("select text from notifications where user_id = $1 and id = $2", False),
        ('SELECT "theme" FROM "user_preferences" WHERE "user_preferences"."user_id" = $1', False),
        ("insert into notifications (id, user_id) values ($1, $2)", False),
        ("update users set name = $1 where id = $2", False),
    ],
)
def test_a_statement_that_names_no_owner_is_noticed(sql: str, *, is_wrong: bool) -> None:
    assert bool(problem(sql)) is is_wrong


def test_every_written_statement_carries_its_group() -> None:
    written = [text for file in Path("app").rglob("*.py") for text in _texts(ast.parse(file.read_text()))]
    touching = [text for text in written if any(re.search(rf"\b{name}\b", text) for name in OWNED) and _is_sql(text)]
    assert [found for text in touching if (found := problem(text))] == []
    assert len(touching) > 8


def _texts(tree: ast.AST) -> Iterator[str]:
    """Every text; one that is put together of parts and values counts as a whole."""
    parts: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            parts |= {id(part) for part in node.values}
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "x" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in parts:
            yield node.value


def _is_sql(text: str) -> bool:
    return re.match(r"\s*(with|select|insert|update|delete)\b.*\b(from|into|set)\b", text, re.DOTALL) is not None


async def test_every_statement_that_is_sent_carries_its_group(
    app: ASGIApp, database: Address, alice: Player, root: Player, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: set[str] = set()

    @contextmanager
    def noted(sql: str, values: Any = ()) -> Iterator[None]:
        sent.add(sql)
        with measured(sql, values):
            yield

    monkeypatch.setattr(engine, "measured", noted)
    for who in (alice, root):
        for door in walk.doors(app):
            async with trying.browser(app, who) as client:
                await _used(client, door, await walk.own(door, who))
    wrong = [found for sql in sent if (found := problem(sql))]
    touching = [sql for sql in sent if any(re.search(rf"\b{name}\b", sql) for name in OWNED)]
    print(f"scale: {len(wrong)} of {len(touching)} statements on owned tables, of {len(sent)} in all, name no group")
    assert wrong == []
    assert len(touching) > 8


async def _used(client: Any, door: walk.Door, path: str) -> None:
    form = walk.FORMS.get(str(door), {})
    sent = {"json": form} if door.is_api else {"data": {name: str(value) for name, value in form.items()}}
    await trying.knock(client, door, path, **({} if door.is_safe else sent))
