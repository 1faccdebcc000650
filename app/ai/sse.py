"""Server-sent events: bytes in, data out. However the network cut the bytes, the data are the same."""

from typing import Final

from app.ai.failures import Garbled

LONGEST_LINE: Final = 1_000_000  # and longest event
_MARK: Final = b"\xef\xbb\xbf"  # may stand at the very start, and means nothing
_ENDS: Final = (b"\n", b"\r")


class Events:
    """One stream of events. Names, ids, comments and times to reconnect are of no interest here."""

    def __init__(self) -> None:
        self._line: list[bytes] = []  # what there is of a line that has not ended yet
        self._data: list[bytes] = []  # the lines of an event that has not ended yet
        self._line_size = self._data_size = 0
        self._is_first = True
        self._after_return = False

    def feed(self, chunk: bytes) -> list[bytes]:
        """The data of every event that is complete now."""
        if not chunk:
            return []
        if self._after_return and chunk.startswith(b"\n"):
            chunk = chunk[1:]  # the second half of an end of line
        self._after_return = chunk.endswith(b"\r")
        lines = chunk.splitlines()
        rest = lines.pop() if lines and not chunk.endswith(_ENDS) else b""
        events = self._completed(lines) if lines else []
        self._hold(rest)
        return events

    def end(self) -> list[bytes]:
        """What was complete but for its last empty line, which some services forget."""
        return self._completed([b"", b""])

    def _hold(self, rest: bytes) -> None:
        if rest:
            self._line.append(rest)
            self._line_size += len(rest)
        if self._line_size + self._data_size > LONGEST_LINE:
            raise Garbled

    def _completed(self, lines: list[bytes]) -> list[bytes]:
        if self._line:
            lines[0] = b"".join((*self._line, lines[0]))
            self._line.clear()
            self._line_size = 0
        if self._is_first:
            self._is_first = False
            lines[0] = lines[0].removeprefix(_MARK)
        return [event for line in lines if (event := self._read(line)) is not None]

    def _read(self, line: bytes) -> bytes | None:
        """The event that this line completes, if it does."""
        if line.startswith(b"data:"):
            self._data.append(line[6:] if line.startswith(b" ", 5) else line[5:])
            self._data_size += len(line)
        elif not line and self._data:
            event = b"\n".join(self._data)
            self._data.clear()
            self._data_size = 0
            return event
        return None
