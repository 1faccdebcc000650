"""What a browser says of itself, shortened to what a person recognises; and an address to what tells networks apart."""

import re
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final

# The order matters: most browsers also carry the names of those that they descend from.
_BROWSERS: Final = (
    ("Edge", r"Edg(?:e|A|iOS)?/"),
    ("Opera", r"OPR/|Opera"),
    ("Samsung Internet", r"SamsungBrowser/"),
    ("Vivaldi", r"Vivaldi/"),
    ("Firefox", r"Firefox/|FxiOS/"),
    ("Chrome", r"Chrome/|Chromium/|CriOS/"),
    ("Safari", r"Safari/"),
    ("curl", r"^curl/"),
)
_SYSTEMS: Final = (
    ("Android", r"Android"),
    ("iPhone", r"iPhone"),
    ("iPad", r"iPad"),
    ("ChromeOS", r"CrOS"),
    ("Windows", r"Windows"),
    ("macOS", r"Macintosh|Mac OS X"),
    ("Linux", r"Linux|X11"),
)


@dataclass(frozen=True, slots=True)
class Device:
    """A browser and what it runs on; either may be unknown."""

    browser: str = ""
    system: str = ""

    @classmethod
    def of(cls, user_agent: str) -> "Device":
        return cls(_first(_BROWSERS, user_agent), _first(_SYSTEMS, user_agent))

    def __str__(self) -> str:
        return " on ".join(part for part in (self.browser, self.system) if part)


def _first(patterns: tuple[tuple[str, str], ...], text: str) -> str:
    return next((name for name, pattern in patterns if re.search(pattern, text)), "")


def ip_prefix(address: str) -> str:
    """The network that an address is in: enough to notice a strange one, too little to point at a home."""
    try:
        found = ip_address(address)
    except ValueError:
        return ""
    if isinstance(found, IPv6Address):
        found = found.ipv4_mapped or IPv6Address(found.packed)  # without the name of an interface
    return str(ip_network((found, 24 if found.version == 4 else 48), strict=False))  # noqa: PLR2004 - IP's version
