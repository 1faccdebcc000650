"""Files that people brought from elsewhere, and what became of each conversation in them."""

from piccolo.columns import UUID, BigInt, ForeignKey, Integer, OnDelete, Text, Timestamptz, Varchar
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from app.auth.tables import User
from app.database.columns import Kind, NewId
from app.database.engine import db


class Import(Table, tablename="imports", db=db, tags=[Kind.LOCAL]):
    """One file. It lies in the data directory under this id, for as long as it is read; `why` is a marked sentence.

    It is worked on by a job, as an archive is, and so it lies with the coordinator as well.
    """

    id = UUID(primary_key=True, default=NewId())
    user_id = ForeignKey(User, on_delete=OnDelete.cascade, null=False, index=True)
    name = Varchar(length=200)
    size = BigInt(default=0)
    state = Varchar(length=10, default="WAITING")
    why = Text(default="")
    created_at = Timestamptz(default=TimestamptzNow())
    finished_at = Timestamptz(null=True, default=None)

    imports_state_known = Check("state in ('WAITING', 'DONE', 'FAILED', 'STOPPED')")


class ImportResult(Table, tablename="import_results", db=db, tags=[Kind.USER]):
    """What became of one conversation; `number` is its place in the file. The import and the conversation are soft."""

    id = UUID(primary_key=True, default=NewId())
    user_id = ForeignKey(User, on_delete=OnDelete.cascade, null=False)
    import_id = UUID(null=False)
    number = Integer(default=0)
    title = Text(default="")
    outcome = Varchar(length=10)
    messages = Integer(default=0)
    left_out = Integer(default=0)  # parts of its messages that could not be put into words
    why = Text(default="")
    conversation_id = UUID(null=True, default=None)

    import_results_place_uq = Unique(["user_id", "import_id", "number"])
    import_results_outcome_known = Check("outcome in ('NEW', 'GROWN', 'SAME', 'LEFT_OUT')")
