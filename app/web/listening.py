"""The sockets that we listen on, made before anything slow begins: who comes early waits, and is not refused."""

import errno
import resource
import socket

from app.core.errors import Misconfigured

BACKLOG = 2048
_UNSENT_BYTES = 64 * 1024  # what may wait in the kernel, so that we notice soon when a client takes nothing
_SENTENCES = {
    errno.EADDRINUSE: (
        "Port %(port)s on %(host)s is taken: Commonplace or another program runs there already. "
        "Stop it, or choose another port with --port."
    ),
    errno.EACCES: "Port %(port)s needs the rights of root. Choose one from 1024 on with --port.",
    errno.EADDRNOTAVAIL: "%(host)s is not an address of this machine. Choose one that is with --host.",
}
_UNKNOWN = "There is no host named %(host)s. Choose an address of this machine with --host."
_OTHER = "Port %(port)s on %(host)s cannot be opened: %(reason)s."


def bind(host: str, port: int) -> list[socket.socket]:
    """Listen on every address that this host name has. Port 0 takes one that is free, the same for all."""
    listening: list[socket.socket] = []
    try:
        for family, address in _addresses(host, port):
            chosen = port or (port_of(listening) if listening else 0)
            listening.append(_listen(family, (address, chosen)))
    except OSError as wrong:
        close(listening)
        sentence = _SENTENCES.get(wrong.errno or 0, _OTHER)
        raise Misconfigured(sentence, host=host, port=port, reason=wrong.strerror) from wrong
    return listening


def port_of(listening: list[socket.socket]) -> int:
    """Tell the port that they share."""
    port: int = listening[0].getsockname()[1]
    return port


def close(listening: list[socket.socket]) -> None:
    """Nobody else can come."""
    for each in listening:
        each.close()


def allow_many_files() -> None:
    """As many open sockets as the machine lets us have; the usual default is 1,024."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wished = 65_536 if hard == resource.RLIM_INFINITY else min(hard, 65_536)
    if soft != resource.RLIM_INFINITY and soft < wished:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wished, hard))


def _addresses(host: str, port: int) -> list[tuple[int, str]]:
    try:
        found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except socket.gaierror as wrong:
        raise Misconfigured(_UNKNOWN, host=host) from wrong
    known = [(int(family), str(address[0])) for family, _, _, _, address in found if _is_there(family)]
    return list(dict.fromkeys(known))


def _is_there(family: int) -> bool:
    """Whether this machine speaks it: many containers have no IPv6, but name it."""
    if family == socket.AF_INET6:
        return _has_ipv6()
    return family == socket.AF_INET


def _has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


def _listen(family: int, address: tuple[str, int]) -> socket.socket:
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listening.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        if hasattr(socket, "TCP_NOTSENT_LOWAT"):
            listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, _UNSENT_BYTES)
        listening.bind(address)
        listening.listen(BACKLOG)
        listening.settimeout(0)
    except OSError:
        listening.close()
        raise
    return listening
