"""The models of a service, from whichever kind of list it keeps."""

from dataclasses import dataclass
from typing import Any, Final

from app.ai.documents import read
from app.core.text import cleaned

_LONGEST_NAME: Final = 200
_MOST: Final = 2_000
_LARGEST_CONTEXT: Final = 1 << 31
_OTHER_KINDS: Final = frozenset({"embedding", "embeddings", "image", "audio", "moderation", "rerank", "transcribe"})
_CONTEXT: Final = (
    "context_length",  # OpenRouter, Together
    "context_window",  # Groq
    "max_model_len",  # vLLM
    "loaded_context_length",  # LM Studio: as it was loaded, and then what it could
    "max_context_length",
    "n_ctx_train",  # llama.cpp, in `meta`
)


@dataclass(frozen=True, slots=True)
class Offered:
    """One model, with what its service tells about it."""

    id: str
    context: int | None = None  # tokens that it can read at once
    sees: bool | None = None  # whether it takes pictures


def offered(body: bytes) -> list[Offered] | None:
    """The models in this list, without those that do not write; None where it is no list of models."""
    entries = _entries(read(body))
    if entries is None:
        return None
    named = {name: entry for entry in entries if (name := _name(entry)) and _writes(entry)}
    return [Offered(name, _context(entry), _sees(entry)) for name, entry in list(named.items())[:_MOST]]


def _entries(document: Any) -> list[dict[str, Any]] | None:
    """A list alone, or an object that has one; it may be null where a service has no model yet."""
    if isinstance(document, dict):
        is_list = document.get("object") == "list"
        document = next((document[key] for key in ("data", "models") if document.get(key)), [] if is_list else None)
    if not isinstance(document, list) or not all(isinstance(entry, dict) and _name(entry) for entry in document):
        return None
    return document


def _name(entry: dict[str, Any]) -> str:
    name = entry.get("id") or entry.get("name") or entry.get("model")
    is_name = isinstance(name, str) and len(name) <= _LONGEST_NAME and name.isprintable()
    return cleaned(str(name)) if is_name else ""


def _writes(entry: dict[str, Any]) -> bool:
    makes = _within(entry.get("architecture"), "output_modalities")
    return entry.get("type") not in _OTHER_KINDS and (not isinstance(makes, list) or "text" in makes)


def _context(entry: dict[str, Any]) -> int | None:
    places = (entry, entry.get("meta"), entry.get("top_provider"))
    found = (_within(place, key) for key in _CONTEXT for place in places)
    return next((size for size in found if type(size) is int and 0 < size < _LARGEST_CONTEXT), None)


def _sees(entry: dict[str, Any]) -> bool | None:
    """What it says of its senses: a list of them, a list or a table of abilities, or its type."""
    takes = _within(entry.get("architecture"), "input_modalities") or entry.get("input_modalities")
    if isinstance(takes, list):
        return "image" in takes
    return _is_able(entry.get("capabilities"), entry.get("type"))


def _is_able(abilities: Any, kind: Any) -> bool | None:
    if isinstance(abilities, dict) and isinstance(abilities.get("vision"), bool):
        return bool(abilities["vision"])
    if isinstance(abilities, list) and {"vision", "multimodal"} & {each for each in abilities if isinstance(each, str)}:
        return True
    return {"vlm": True, "llm": False}.get(kind) if isinstance(kind, str) else None


def _within(document: Any, key: str) -> Any:
    return document.get(key) if isinstance(document, dict) else None
