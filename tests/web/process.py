"""A server in a process of its own, as a test sees it."""

import contextlib
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator

PATIENCE_S = 20


class Served:
    """A server in a process of its own."""

    def __init__(self, *how: str) -> None:
        command = [sys.executable, "-m", "tests.web.served", *how]
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, process_group=0
        )
        assert self.process.stdout is not None
        said = self.process.stdout.readline().split()
        self.port = int(said[0]) if said else 0

    def open(self, path: str) -> socket.socket:
        """A connection on which this was asked."""
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_S)
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        return connection

    def get(self, path: str = "/") -> bytes:
        with self.open(path) as connection:
            return rest_of(connection)

    def worker(self) -> int:
        """The process that answers."""
        return int(self.get("/pid").rpartition(b"\r\n")[2])

    def end(self, number: int = signal.SIGTERM) -> int:
        """The exit code after this signal."""
        self.process.send_signal(number)
        return self.process.wait(PATIENCE_S)

    def errors(self) -> str:
        assert self.process.stderr is not None
        return self.process.stderr.read()


def rest_of(connection: socket.socket) -> bytes:
    parts = []
    while part := connection.recv(65536):
        parts.append(part)
    return b"".join(parts)


@contextlib.contextmanager
def served(*how: str) -> Iterator[Served]:
    server = Served(*how)
    try:
        yield server
    finally:
        if server.process.poll() is None:
            server.process.kill()
        server.process.wait()
        for pipe in (server.process.stdout, server.process.stderr):
            if pipe is not None:
                pipe.close()
