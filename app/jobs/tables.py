"""Work for later, in the same database as the data it is about."""

from piccolo.columns import JSONB, UUID, Integer, Text, Timestamptz, Varchar
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.constraints import Check
from piccolo.table import Table

from app.database.columns import Kind, NewId
from app.database.engine import db


class Job(Table, tablename="jobs", db=db, tags=[Kind.LOCAL]):
    """One piece of work. Which rows are due is found by a partial index (in the migration)."""

    id = UUID(primary_key=True, default=NewId())
    kind = Varchar(length=60)
    payload = JSONB(default="{}")
    unique_key = Text(null=True, default=None, unique=True)
    user_id = UUID(null=True, default=None, index=True)
    state = Varchar(length=10, default="READY")
    attempts = Integer(default=0)
    most_attempts = Integer(default=5)
    progress = Integer(default=0)  # percent
    run_after = Timestamptz(default=TimestamptzNow())
    lease_until = Timestamptz(null=True, default=None)
    worker = Varchar(length=60, default="")
    error = Text(null=True, default=None)
    created_at = Timestamptz(default=TimestamptzNow())
    finished_at = Timestamptz(null=True, default=None)

    jobs_state_known = Check("state in ('READY', 'RUNNING', 'DONE', 'DEAD')")
    jobs_progress_percent = Check("progress between 0 and 100")
