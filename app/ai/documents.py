"""The JSON that services send, as much of it as they agree on, and a little more."""

import json
from collections.abc import Iterator
from typing import Any, Final

import msgspec

from app.ai.failures import Broken, QuestionRefused, UpstreamFailure, of_status
from app.ai.question import Piece

Document = dict[str, Any]
_STATUSES: Final = range(400, 600)
_decode: Final = msgspec.json.Decoder().decode


def documents(event: bytes) -> list[Document]:
    """What one event says; where its lines are no document together, what each of them says."""
    found = decoded(event)
    if found is not None:
        return [found]
    lines = event.split(b"\n") if b"\n" in event else []
    return [document for line in lines if (document := decoded(line)) is not None]


def decoded(text: bytes) -> Document | None:
    """The object in this JSON."""
    found = read(text)
    return found if isinstance(found, dict) else None


def read(text: bytes) -> Any:
    """What this JSON says; None where it is none. Bytes that are no UTF-8 and halves of characters are forgiven."""
    try:
        return _decode(text)
    except (msgspec.DecodeError, ValueError, RecursionError):
        return _forgiven(text)


def _forgiven(text: bytes) -> Any:
    try:
        return json.loads(text.decode("utf-8-sig", "replace"))
    except (ValueError, RecursionError):
        return None


def choice_of(document: Document) -> Document | None:
    """The one answer that was asked for; some events have none."""
    choices = document.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else None
    return first if isinstance(first, dict) else None


def reasoning_of(said: Document) -> str:
    """What the model thinks aloud, wherever this service writes it."""
    told = said.get("reasoning_content") or said.get("reasoning")
    if isinstance(told, str):
        return told
    content = said.get("content")
    return "".join(_parts(content, "thinking")) if isinstance(content, list) else ""


def text_of(said: Document) -> str:
    """What the model says; a refusal is said too."""
    told = said.get("content") or said.get("refusal")
    if isinstance(told, str):
        return told
    return "".join(_parts(told, "text")) if isinstance(told, list) else ""


def _parts(content: list[Any], kind: str) -> Iterator[str]:
    """Some services send a list: text beside thoughts, which are lists of text again."""
    for part in content:
        if not isinstance(part, dict) or part.get("type") != kind:
            continue
        inner = part.get(kind)
        if isinstance(inner, str):
            yield inner
        elif isinstance(inner, list):
            yield from _parts(inner, "text")


def bill(document: Document, piece: Piece) -> None:
    """Write down what it costs, once it is known."""
    usage = document.get("usage") or _within(document.get("x_groq"), "usage")
    if usage is None:
        return
    piece.tokens_in = _count(usage, "prompt_tokens", piece.tokens_in)
    piece.tokens_out = _count(usage, "completion_tokens", piece.tokens_out)


def _within(document: object, key: str) -> Any:
    return document.get(key) if isinstance(document, dict) else None


def _count(usage: object, key: str, known: int | None) -> int | None:
    found = _within(usage, key)
    return found if type(found) is int and 0 <= found < 1 << 31 else known


def failure_of(error: object) -> UpstreamFailure:
    """What an error means that comes in place of an answer, under a status that says all is well."""
    code, told = _within(error, "code"), json.dumps(error, default=str)
    status = int(code) if str(code).isdecimal() and int(code) in _STATUSES else None
    failure = of_status(status or 400, told)
    return failure if status or type(failure) is not QuestionRefused else Broken()
