"""Which network addresses a server may be sent to: what belongs to everybody, and nothing that stands behind a wall."""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Final

_GLOBAL_UNICAST: Final = IPv6Network("2000::/3")
_TRANSLATED: Final = IPv6Network("64:ff9b::/96")  # NAT64: an IPv4 address in other clothes, judged as what it is
_TUNNELS: Final = (
    IPv6Network("2001::/32"),
    IPv6Network("2002::/16"),
)  # Teredo, 6to4: they carry an address of any kind
_ISATAP: Final = 0x5EFE  # with the bit for "globally unique" cleared
_DOCUMENTATION: Final = IPv6Network("3fff::/20")


def is_public(text: str) -> bool:
    """Whether this address is reachable from anywhere. What cannot be read is not."""
    try:
        address = ip_address(text)
    except ValueError:
        return False
    return _is_public_4(address) if isinstance(address, IPv4Address) else _is_public_6(address)


def _is_public_4(address: IPv4Address) -> bool:
    return address.is_global and not address.is_multicast and not address.is_reserved


def _is_public_6(address: IPv6Address) -> bool:
    if address.scope_id is not None:
        return False
    if address in _TRANSLATED:
        return _is_public_4(IPv4Address(int(address) & 0xFFFFFFFF))
    if address not in _GLOBAL_UNICAST or address in _DOCUMENTATION or _has_local_interface(address):
        return False
    return address.is_global and not any(address in tunnel for tunnel in _TUNNELS)


def _has_local_interface(address: IPv6Address) -> bool:
    """ISATAP: the last four bytes are an IPv4 address that a gateway would unwrap."""
    return (int(address) >> 32) & 0xFDFFFFFF == _ISATAP
