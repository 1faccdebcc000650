"""What may go wrong as part of the day's work, each with a status, a code and a sentence for the person.

Anything else that is raised is a fault of ours: it is logged once and answered with 500 and a request id.
"""

from collections.abc import Mapping
from typing import ClassVar


class AppError(Exception):
    """An expected failure, worded for the person who sees it."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "UNEXPECTED_ERROR"
    sentence: ClassVar[str] = "Something went wrong on our side."

    def __init__(self, sentence: str = "", *, code: str = "", **values: object) -> None:
        self.msgid = sentence or self.sentence
        self.values = values
        self.name = code or self.code
        super().__init__(str(self))

    def __str__(self) -> str:
        return self.msgid % self.values if self.values else self.msgid


class NotFound(AppError):
    """Not there, or not yours: the two look the same from outside."""

    status = 404
    code = "NOT_FOUND"
    sentence = "This does not exist, or it is not yours."


class SignInNeeded(AppError):
    """Nobody is signed in."""

    status = 401
    code = "SIGN_IN_NEEDED"
    sentence = "Please sign in first."


class Forbidden(AppError):
    """Known, but not allowed."""

    status = 403
    code = "FORBIDDEN"
    sentence = "You may not do this."


class Rejected(AppError):
    """What was sent cannot be accepted; `fields` says which field and why."""

    status = 400
    code = "VALIDATION_ERROR"
    sentence = "Some of this needs another look."

    def __init__(
        self, sentence: str = "", *, fields: Mapping[str, str] | None = None, code: str = "", **values: object
    ) -> None:
        self.fields = dict(fields or {})
        super().__init__(sentence or " ".join(self.fields.values()), code=code, **values)


class ForeignKeyMissing(Rejected):
    """What it hangs on is not there."""

    code = "FOREIGN_KEY_ERROR"
    sentence = "This refers to something that no longer exists."


class Conflict(AppError):
    """Somebody was faster."""

    status = 409
    code = "CONFLICT"
    sentence = "This was changed in the meantime. Reload and try again."


class Duplicate(Conflict):
    """It exists already."""

    code = "DUPLICATE_ENTRY"
    sentence = "This exists already."


class TooLarge(AppError):
    """More than we take."""

    status = 413
    code = "TOO_LARGE"
    sentence = "This is larger than can be accepted."


class _Passing(AppError):
    """A failure that waiting helps against."""

    def __init__(self, sentence: str = "", *, retry_after: int = 5, code: str = "", **values: object) -> None:
        self.retry_after = retry_after
        super().__init__(sentence, code=code, **values)


class TooMany(_Passing):
    """Too often in too short a time."""

    status = 429
    code = "TOO_MANY_REQUESTS"
    sentence = "That was a little too often. Please wait a moment."


class Unavailable(_Passing):
    """Something that we stand on is away; it is expected back."""

    status = 503
    code = "UNAVAILABLE"
    sentence = "The database is away for the moment. It is expected back shortly; nothing is lost."


class Misconfigured(AppError):
    """The operator has to change something before we can start."""

    code = "MISCONFIGURED"
    sentence = "The settings do not work."
