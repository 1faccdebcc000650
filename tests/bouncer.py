"""PgBouncer in transaction mode before a database of its own, for as long as a block lasts."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import asyncpg

from app.core.secrets import new_token
from app.database.bootstrap import quoted

NAME: Final = "pooled"
SERVERS: Final = 3  # connections to the database, for however many clients


def program() -> str | None:
    """PgBouncer, where it is installed; Debian keeps it with the programs of the administrator."""
    return shutil.which("pgbouncer", path=f"{os.environ['PATH']}{os.pathsep}/usr/sbin")


@dataclass(frozen=True)
class Bounced:
    """The two ways to the database."""

    pooled: str
    direct: str


async def made(sockets: str) -> None:
    """An empty database with a role that owns it, as on somebody's own server."""
    connection = await asyncpg.connect(host=sockets, user="postgres", database="postgres")
    try:
        await connection.execute(f"drop database if exists {quoted(NAME)}")
        await connection.execute(f"drop role if exists {quoted(NAME)}")
        await connection.execute(f"create role {quoted(NAME)} login")
        await connection.execute(f"create database {quoted(NAME)} owner {quoted(NAME)}")
    finally:
        await connection.close()
    inside = await asyncpg.connect(host=sockets, user="postgres", database=NAME)
    try:
        await inside.execute("create extension vector")
    finally:
        await inside.close()


@contextmanager
def bouncing(sockets: str, folder: Path) -> Iterator[Bounced]:
    """PgBouncer before the server that listens in this directory, as the user that the server runs as."""
    port = _free_port()
    users = folder / "users.txt"
    users.write_text(f'"{NAME}" "{new_token()}"\n')
    file = folder / "pgbouncer.ini"
    file.write_text(
        f"[databases]\n{NAME} = host={sockets} dbname={NAME}\n"
        f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\nauth_type = trust\n"
        f"auth_file = {users}\npool_mode = transaction\ndefault_pool_size = {SERVERS}\nmax_client_conn = 200\n"
    )
    command = [program() or "pgbouncer", "-q", str(file)]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL, **_as_server(Path(sockets)))
    try:
        _await(port, process)
        url = f"postgresql://{NAME}@127.0.0.1:{port}/{NAME}?sslmode=disable"
        yield Bounced(url, f"postgresql://{NAME}@localhost/{NAME}?host={sockets}&sslmode=disable")
    finally:
        process.terminate()
        process.wait(10)


def _as_server(sockets: Path) -> dict[str, Any]:
    """Whoever the server runs as may use its socket, and PgBouncer does not run as root."""
    owner = sockets.stat()
    return {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": []} if os.geteuid() == 0 else {}


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def _await(port: int, process: "subprocess.Popen[bytes]") -> None:
    for _ in range(200):
        with socket.socket() as one:
            if one.connect_ex(("127.0.0.1", port)) == 0:
                return
        if process.poll() is not None:
            break
        time.sleep(0.05)
    raise RuntimeError("PgBouncer does not start")
