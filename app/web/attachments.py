"""Files that a browser shall keep and not open: named safely, and powerless even where it opens them."""

import re
import unicodedata
from typing import Final
from urllib.parse import quote

_LONGEST: Final = 150
_UNSAFE: Final = re.compile(r'[/\\:*?"<>|]')


def headers(name: str, size: int | None = None) -> dict[str, str]:
    """For an answer that is a file of this name, and of this size where that is known before it ends."""
    length = {} if size is None else {"content-length": str(size)}
    return {
        "content-disposition": disposition(name),
        **length,
        "content-security-policy": "sandbox; default-src 'none'; base-uri 'none'; frame-ancestors 'none'",
        "cache-control": "no-store",
    }


def disposition(name: str) -> str:
    """RFC 6266: the name in ASCII for those who know no better, and as it is for all others."""
    shown = _UNSAFE.sub("_", "".join(char for char in name if char.isprintable())).strip(". ")[:_LONGEST] or "file"
    plain = unicodedata.normalize("NFKD", shown).encode("ascii", "ignore").decode().strip()
    plain = plain if plain.strip(".") and not plain.startswith(".") else f"file{plain}"
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(shown, safe='')}"
