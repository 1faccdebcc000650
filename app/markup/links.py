"""Where a link may lead, and what a picture may load: nothing is fetched by itself but files of our own."""

import re
from html import escape
from typing import Final
from urllib.parse import urlsplit

LONGEST: Final = 2_000
OUTWARD: Final = 'target="_blank" rel="noopener noreferrer nofollow"'
_OURS: Final = re.compile(r"/files/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_MAIL: Final = re.compile(r"mailto:[^\s<>\"'\\]+", re.IGNORECASE)
_HOSTS: Final = re.compile(r"([^\W_][\w-]*+(?:\.[\w-]++)++)(?:[:/]\S*+)?+")
_HOST: Final = re.compile(r"[a-z\d_.:-]+")
# What programs read in different ways leads nowhere: spaces, controls, quotes, backslashes, signs that turn the line.
_AMBIGUOUS: Final = re.compile(r"[\x00-\x20\x7f\"<>\\\u200b-\u200f\u2028-\u202f\u2060-\u2069\ufeff]")


def address(written: str) -> str:
    """The address that a link to this leads to, or nothing."""
    if written[:4].lower() == "www.":
        written = f"https://{written}"
    elif "@" in written and ":" not in written and "/" not in written:
        written = f"mailto:{written}"
    if len(written) > LONGEST or _AMBIGUOUS.search(written):
        return ""
    return written if _MAIL.fullmatch(written) or host(written) else ""


def host(written: str) -> str:
    """The host of a web address as the network knows it, or nothing: letters that look like others show."""
    try:
        parts = urlsplit(written)
        name = parts.hostname or ""
        name = name if name.isascii() else name.encode("idna").decode()
        is_good = parts.scheme in {"http", "https"} and parts.port != 0 and _HOST.fullmatch(name)
    except (UnicodeError, ValueError):
        return ""
    return name if is_good else ""


def is_ours(written: str) -> bool:
    """Whether this is the address of a file of ours."""
    return _OURS.fullmatch(written) is not None


def opening(target: str, words: str) -> str:
    """The tag of a link to an address that was found good, with the host where the words hide it."""
    place = host(target)
    title = f' title="{escape(place)}"' if place and place not in words.casefold() else ""
    return f'<a href="{escape(target)}"{title} {OUTWARD}>'


def hint(target: str, words: str) -> str:
    """The host beside a link whose words speak of another one."""
    place = host(target)
    spoken = {found.removeprefix("www.") for found in _HOSTS.findall(words.casefold())}
    is_open = not place or spoken <= {place.removeprefix("www.")}
    return "" if is_open else f' <span class="host">{escape(place)}</span>'


def picture(written: str, words: str, *, is_linked: bool = False) -> str:
    """A picture of ours, or a chip that says where another one lies; in a link, the chip is none itself."""
    if is_ours(written):
        return f'<img src="{written}" alt="{escape(words)}" loading="lazy">'
    target = address(written)
    shown = escape(words or written, quote=False)
    place = f' <span class="host">{escape(host(target))}</span>' if host(target) else ""
    if is_linked or not place:
        return f'<span class="chip">{shown}{place}</span>'
    return opening(target, place).replace("<a", '<a class="chip"', 1) + f"{shown}{place}</a>"
