"""Whether anything may be saved: not while the disk is nearly full, since a full one takes the database down."""

from typing import Final

from app.core import log
from app.core.errors import Unavailable
from app.core.language import marked

ALWAYS: Final = ("/sign-out",)  # leaving is possible at any time
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_log = log.logger("app.web.readonly")


class ReadOnly(Unavailable):
    """Everything can be read, nothing can be written."""

    code = "READ_ONLY"
    sentence = marked(
        "Saving rests for the moment, because the disk is nearly full. Nothing is lost; please try again in a while."
    )


class Saving:
    """One answer for the whole process, renewed by whoever watches the disk."""

    def __init__(self) -> None:
        self.rests = False

    def set(self, *, rests: bool) -> None:
        """Let it rest, or go on."""
        if rests and not self.rests:
            _log.error("The disk is nearly full; nothing is saved until there is room again")
        elif self.rests and not rests:
            _log.warning("There is room on the disk again; saving goes on")
        self.rests = rests

    def check(self, method: str, path: str) -> None:
        """Refuse what would change something."""
        if self.rests and method not in _SAFE and path not in ALWAYS:
            raise ReadOnly(retry_after=30)


saving: Final = Saving()
