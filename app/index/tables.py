"""Every passage that can be found again, and how many have each word."""

from piccolo.columns import UUID, BigInt, Boolean, Integer, Real, Text, Timestamptz, Varchar
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from app.database.columns import Kind, NewId, TsVector
from app.database.engine import db


class PassageRow(Table, tablename="passages", db=db, tags=[Kind.INDEX]):
    """A passage, with its words as the app wrote them. The scope is a person or a project, and a soft reference.

    `length` counts the words. The indexes are in the migration.
    """

    id = UUID(primary_key=True, default=NewId())
    scope_id = UUID()
    kind = Varchar(length=10)
    source_id = UUID()
    part = Integer(default=0)
    group_id = UUID(null=True, default=None)
    position = Integer(null=True, default=None)
    title = Text(default="")
    text = Text()
    speaker = Text(default="")
    said_at = Timestamptz()
    language = Varchar(length=10, default="")
    importance = Real(default=0.0)
    pinned = Boolean(default=False)
    valid_until = Timestamptz(null=True, default=None)
    words = TsVector()
    length = Integer(default=0)

    passages_source_uq = Unique(["scope_id", "kind", "source_id", "part"])
    passages_kind_known = Check(
        "kind in ('MESSAGE', 'STATEMENT', 'DOCUMENT', 'ITEM', 'COMMENT', 'PROMPT', 'LEARNING', 'ATTACHMENT')"
    )
    passages_importance_share = Check("importance between 0 and 1")


class WordCount(Table, tablename="word_counts", db=db, tags=[Kind.INDEX]):
    """How many passages of a scope have a word. The empty word counts the passages, and the words in all of them.

    The real key, which Piccolo cannot say, is the scope and the lexeme; it is in the migration.
    """

    scope_id = UUID(primary_key=True)
    lexeme = Text()
    passages = BigInt(default=0)
    length = BigInt(default=0)
