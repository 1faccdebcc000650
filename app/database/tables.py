"""Counters that every worker shares."""

from piccolo.columns import Integer, Timestamptz, Varchar
from piccolo.table import Table

from app.database.columns import Kind
from app.database.engine import db


class RateCount(Table, tablename="rate_counts", db=db, tags=[Kind.LOCAL]):
    """How often something was done within one window of time."""

    key = Varchar(length=200, primary_key=True)
    hits = Integer(default=0)
    until = Timestamptz(index=True)
