"""How programs are told what went wrong: RFC 9457, or in the words of a protocol that has its own."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from app.core.log import request_id

PROBLEM: Final = "application/problem+json"
JSON: Final = "application/json"
_OURS: Final = ("/api/", "/health/", "/schema")


@dataclass(frozen=True, slots=True)
class Failure:
    """What went wrong, in the language of the request; `fields` says which part of what was sent, and why."""

    status: int
    code: str
    sentence: str
    fields: Mapping[str, str] = field(default_factory=dict)


Tell = Callable[[Failure], Mapping[str, object]]
_tongues: Final[dict[str, Tell]] = {}


def speak(prefix: str, tell: Tell) -> None:
    """Tell failures like this to whoever asks beneath this prefix: programs, all of them."""
    _tongues[prefix] = tell


def are_meant(path: str) -> bool:
    """Whether the address is one for programs."""
    return path.startswith((*_OURS, *_tongues))


def told(path: str, failure: Failure) -> tuple[str, Mapping[str, object]]:
    """The media type in which a failure is told at this address, and what is told."""
    tell = next((tell for prefix, tell in _tongues.items() if path.startswith(prefix)), None)
    return (PROBLEM, _problem(failure)) if tell is None else (JSON, tell(failure))


def _problem(failure: Failure) -> dict[str, object]:
    described: dict[str, object] = {
        "type": "about:blank",
        "title": failure.code,
        "status": failure.status,
        "detail": failure.sentence,
        "code": failure.code,
        "request_id": request_id.get(),
    }
    return {**described, "errors": dict(failure.fields)} if failure.fields else described
