"""Pieces of Markdown that we put around what came from elsewhere."""

import re
from typing import Final
from urllib.parse import quote

LONGEST_ADDRESS: Final = 2000
_TICKS: Final = re.compile(r"`{3,}")
_LANGUAGE: Final = re.compile(r"[\w+#.-]{1,20}", re.ASCII)
_SPECIAL: Final = re.compile(r"([\\`*_\[\]<>#|~])")
_SAFE: Final = "!#$%&'*+,/:;=?@[]~"  # what an address may hold beside letters; brackets would end the link


def fenced(code: str, language: str = "") -> str:
    """Code that stays code, whatever fences are in it."""
    longest = max((len(ticks) for ticks in _TICKS.findall(code)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}{language if _LANGUAGE.fullmatch(language) else ''}\n{code.strip(chr(10))}\n{fence}"


def escaped(text: str) -> str:
    """A line that reads like this and does nothing else."""
    return _SPECIAL.sub(r"\\\1", text)


def linked(title: str, address: str) -> str:
    """A link to a page; anything but a page is only named."""
    if not address.startswith(("https://", "http://")) or len(address) > LONGEST_ADDRESS:
        return escaped(title)
    return f"[{escaped(title or address)}]({quote(address, safe=_SAFE)})"
