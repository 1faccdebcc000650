"""The log: one line an event, with the request it belongs to, secrets and control characters taken out."""

import json
import logging
import re
import sys
from contextvars import ContextVar
from typing import Any, Final

request_id: ContextVar[str] = ContextVar("request_id", default="")

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_SECRET: Final = re.compile(
    r"(?i)((?:password|passwd|secret|token|authorization|cookie|api[_-]?key|code|state|verifier)[\"']?\s*[=:]\s*[\"']?)"
    r"((?:bearer\s+)?[^\s\"'&,;}]+)"
)
_CREDENTIALS: Final = re.compile(r"(\w+://[^:/@\s]*:)[^/\s]*@")

_LINK: Final = re.compile(r"(/(?:sign-in/link|sign-in/address|invitation)/)[\w-]+")  # what opens an account, once


def redacted(text: str) -> str:
    """The text without what looks like a secret, and without characters that could forge a line."""
    text = _LINK.sub(r"\1…", _CREDENTIALS.sub(r"\1…@", _SECRET.sub(r"\1…", text)))
    return _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", text)


class Line(logging.Formatter):
    """For people."""

    def format(self, record: logging.LogRecord) -> str:
        stamp = self.formatTime(record, "%Y-%m-%dT%H:%M:%S")
        known = getattr(record, "request_id", "")
        asked = f" [{known}]" if known else ""
        line = redacted(f"{stamp} {record.levelname.lower():7} {record.name}{asked} {record.getMessage()}")
        return line + self._trace(record)

    def _trace(self, record: logging.LogRecord) -> str:
        if not record.exc_info:
            return ""
        return "\n" + "\n".join(redacted(line) for line in self.formatException(record.exc_info).split("\n"))


class Json(Line):
    """For programs."""

    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, Any] = {
            "at": self.formatTime(record, "%Y-%m-%dT%H:%M:%S"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": redacted(record.getMessage()),
            "request_id": getattr(record, "request_id", "") or None,
            "trace": self._trace(record) or None,
        }
        return json.dumps({key: value for key, value in entry.items() if value is not None})


def _with_request(record: logging.LogRecord) -> bool:
    record.request_id = request_id.get()
    return True


def _is_news(record: logging.LogRecord) -> bool:
    """asyncpg tells of every missed attempt to refill the pool; the engine says once that the database is away."""
    return "pool connection floor" not in record.getMessage()


def set_up(level: str = "info", shape: str = "text") -> None:
    """Send the log to standard error in this shape."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Json() if shape == "json" else Line())
    handler.addFilter(_with_request)
    handler.addFilter(_is_news)
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for name in ("uvicorn.error", "httpx2", "httpcore2", "asyncio"):
        logging.getLogger(name).setLevel(logging.WARNING)


def logger(name: str) -> logging.Logger:
    """The log of one part of the house."""
    return logging.getLogger(name.replace("app.", "commonplace.", 1))
