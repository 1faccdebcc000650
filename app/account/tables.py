"""Exports of a person's data that are being made or can be fetched."""

from piccolo.columns import UUID, BigInt, ForeignKey, OnDelete, Text, Timestamptz, Varchar
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.constraints import Check
from piccolo.table import Table

from app.auth.tables import User
from app.database.columns import Kind, NewId
from app.database.engine import db


class DataExport(Table, tablename="data_exports", db=db, tags=[Kind.LOCAL]):
    """One archive. The file lies in the data directory under this id."""

    id = UUID(primary_key=True, default=NewId())
    user_id = ForeignKey(User, on_delete=OnDelete.cascade, null=False, index=True)
    status = Varchar(length=10, default="WAITING")
    file = Text(null=True, default=None)
    size = BigInt(default=0)
    error = Text(null=True, default=None)
    created_at = Timestamptz(default=TimestamptzNow())
    finished_at = Timestamptz(null=True, default=None)
    expires_at = Timestamptz(null=True, default=None)

    data_exports_status_known = Check("status in ('WAITING', 'READY', 'FAILED')")
