"""Files that a browser shall keep and not open: named safely, and powerless even where it opens them."""

import re
import unicodedata
from typing import Final
from urllib.parse import quote

POWERLESS: Final = "sandbox; default-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'none'"
_LONGEST: Final = 150
_UNSAFE: Final = re.compile(r'[/\\:*?"<>|]')


def headers(name: str, size: int | None = None) -> dict[str, str]:
    """For an answer that is a file of this name, and of this size where that is known before it ends."""
    length = {} if size is None else {"content-length": str(size)}
    return {
        "content-disposition": disposition(name),
        **length,
        "content-security-policy": POWERLESS,
        "cache-control": "no-store",
    }


def shown(name: str, tag: str, *, is_inline: bool) -> dict[str, str]:
    """For an answer that may be shown as it is, or else kept: the same browser asks whether it changed, nobody else."""
    return {
        "content-disposition": disposition(name, "inline" if is_inline else "attachment"),
        "content-security-policy": POWERLESS,
        "cache-control": "private, no-cache",
        "etag": f'"{tag}"',
    }


def disposition(name: str, how: str = "attachment") -> str:
    """RFC 6266: the name in ASCII for those who know no better, and as it is for all others."""
    seen = _UNSAFE.sub("_", "".join(char for char in name if char.isprintable())).strip(". ")[:_LONGEST] or "file"
    plain = unicodedata.normalize("NFKD", seen).encode("ascii", "ignore").decode().strip()
    plain = plain if plain.strip(".") and not plain.startswith(".") else f"file{plain}"
    return f"{how}; filename=\"{plain}\"; filename*=UTF-8''{quote(seen, safe='')}"
