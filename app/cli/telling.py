"""What a command says while it works: on standard error, so that standard output stays what was asked for."""

import sys

from app.core import clock


class Progress:
    """One line that is rewritten on a terminal, and written step by step elsewhere."""

    def __init__(self, quiet_for: float = 1.0) -> None:
        self._start = clock.monotonic()
        self._quiet_for = quiet_for
        self._shown = ""

    def __call__(self, step: str) -> None:
        """Say what is being done, once it has taken a while."""
        if clock.since(self._start) < self._quiet_for or step == self._shown:
            return
        self._shown = step
        lead, end = ("\r\x1b[K", "") if sys.stderr.isatty() else ("", "\n")
        print(f"{lead}{step} …", end=end, file=sys.stderr, flush=True)

    def done(self) -> None:
        """Leave the line."""
        if self._shown and sys.stderr.isatty():
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def confirmed(question: str) -> bool:
    """Ask; only a typed yes is one."""
    if not sys.stdin.isatty():
        return False
    print(f"{question} [yes/no] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() == "yes"
