"""Where a language model is asked."""

import re
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from app.ai.failures import NotReachable

_LONGEST: Final = 2_000
_PLAIN: Final = re.compile(r"https?://[^\s\\@?#\x00-\x1f\x7f-\x9f]+", re.IGNORECASE)  # paths are appended to it
_PORTS: Final = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One service that speaks the protocol of OpenAI, and the key that it gave us."""

    name: str  # as people call it
    base_url: str  # to which /chat/completions and /models are appended
    key: str = field(default="", repr=False)
    trusted: bool = False  # named by the operator, or found on this machine: may stand behind a wall

    @property
    def host(self) -> str:
        """Host and port, in the one form in which they are compared."""
        if len(self.base_url) > _LONGEST or not _PLAIN.fullmatch(self.base_url):
            raise NotReachable
        try:
            parts = urlsplit(self.base_url)
            host, port = parts.hostname, parts.port or _PORTS[parts.scheme]
        except ValueError as wrong:
            raise NotReachable from wrong
        if not host:
            raise NotReachable
        return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

    @property
    def is_anthropic(self) -> bool:
        """It answers questions in the protocol of OpenAI, but lists its models in its own alone, twenty at a time."""
        return self.host.rpartition(":")[0] == "api.anthropic.com"

    def url(self, path: str) -> str:
        """The address of one of its doors."""
        return f"{self.base_url.rstrip('/')}/{path}"
