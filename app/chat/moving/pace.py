"""What of a file is taken at once: some hundred messages, so that no unit of work is long, and a stop is never far."""

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from app.chat.moving.came import Came, CameConversation, CameMessage, LeftOut
from app.chat.moving.opening import Progress, read

MOST_AT_ONCE: Final = 400  # messages, or as much as so many usually weigh
_USUAL_LENGTH: Final = 1000  # letters of a message


@dataclass(frozen=True, slots=True)
class Part:
    """A conversation, or as much of it as is taken at once; or what was left out. `number` is its place in the file."""

    number: int
    came: Came
    messages: Sequence[CameMessage] = ()
    is_first: bool = True
    is_last: bool = True


@dataclass(slots=True)
class Batch:
    """Parts that are taken in one unit of work. None of them is of the same conversation as another."""

    parts: list[Part] = field(default_factory=list)
    weight: int = 0
    _names: set[object] = field(default_factory=set)

    def has_room_for(self, part: Part) -> bool:
        return not self.parts or (self.weight + _weight(part) <= MOST_AT_ONCE and _name(part) not in self._names)

    def add(self, part: Part) -> None:
        """One more."""
        self.parts.append(part)
        self.weight += _weight(part)
        self._names.add(_name(part))


def batches(path: Path, progress: Progress, begin: int = 0) -> Generator[Batch, None, None]:
    """The whole file, from the conversation with this number on."""
    batch = Batch()
    for number, came in enumerate(read(path, progress), start=1):
        for part in _parts(number, came) if number >= begin else ():
            if not batch.has_room_for(part):
                yield batch
                batch = Batch()
            batch.add(part)
    yield batch


def _parts(number: int, came: Came) -> Iterator[Part]:
    if isinstance(came, LeftOut):
        yield Part(number, came)
        return
    slices = list(_slices(came.messages))
    for place, messages in enumerate(slices):
        yield Part(number, came, messages, place == 0, place == len(slices) - 1)


def _slices(messages: Sequence[CameMessage]) -> Iterator[Sequence[CameMessage]]:
    begin = weight = 0
    for place, message in enumerate(messages):
        weight += _weight_of(message)
        if weight > MOST_AT_ONCE and place > begin:
            yield messages[begin:place]
            begin, weight = place, _weight_of(message)
    yield messages[begin:]


def _weight(part: Part) -> int:
    return 1 + sum(map(_weight_of, part.messages))


def _weight_of(message: CameMessage) -> int:
    return 1 + (len(message.text) + len(message.reasoning)) // _USUAL_LENGTH


def _name(part: Part) -> object:
    return (part.came.origin, part.came.origin_id) if isinstance(part.came, CameConversation) else part.number
