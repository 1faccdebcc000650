"""How long the database may think about one statement: not as long where somebody waits as where a job does."""

from contextvars import ContextVar
from typing import Final

FOR_A_JOB: Final = 30.0  # and for a command
FOR_A_PERSON: Final = 5.0  # and for a program that asks; then both are told to come back
TO_LET_GO: Final = 1.0  # for what was given up to end in order; then we hang up

patience: ContextVar[float] = ContextVar("patience", default=FOR_A_JOB)
