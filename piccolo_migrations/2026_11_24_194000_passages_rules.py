"""How passages are found: by words, newest first, by their place in a group; and what a count is the count of."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from app.database.engine import db

ID = "2026-11-24T19:40:00:000000"
DESCRIPTION = "the indexes of passages; the key of word counts"

FORWARDS = (
    "alter table word_counts drop constraint if exists word_counts_pkey",
    "alter table word_counts alter column scope_id drop default",
    # Letter by letter: the same order everywhere, and the one in which words with one beginning stand together.
    'alter table word_counts alter column lexeme type text collate "C"',
    "alter table word_counts add constraint word_counts_pkey primary key (scope_id, lexeme)",
    "alter table word_counts set (fillfactor = 80)",
    "alter table passages alter column scope_id drop default",
    "alter table passages alter column source_id drop default",
    # Without a list of what is pending: a reply that is put takes as long as the one before, not now and then a second.
    "create index passages_words_ix on passages using gin (words) with (fastupdate = off)",
    "create index passages_newest_ix on passages (scope_id, said_at desc)",
    "create index passages_place_ix on passages (scope_id, group_id, position, part)",
)
BACKWARDS = (
    "drop index passages_place_ix",
    "drop index passages_newest_ix",
    "drop index passages_words_ix",
    "alter table word_counts drop constraint word_counts_pkey",
)


async def _lay() -> None:
    for statement in FORWARDS:
        await db.run_ddl(statement)


async def _lift() -> None:
    for statement in BACKWARDS:
        await db.run_ddl(statement)


async def forwards() -> MigrationManager:
    """One statement after the other."""
    manager = MigrationManager(migration_id=ID, app_name="commonplace", description=DESCRIPTION)
    manager.add_raw(_lay)
    manager.add_raw_backwards(_lift)
    return manager
