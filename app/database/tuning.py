"""How the embedded PostgreSQL is set for the machine it finds: a small one, shared with everything else."""

import contextlib
import os
import sys
from pathlib import Path
from typing import Final

_MB: Final = 1024 * 1024
_UNSAFE: Final = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def parameters(sockets: Path, *, durable: bool) -> dict[str, str]:
    """Settings of the server. Whatever is not here is PostgreSQL's default."""
    memory = _memory()
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": '"{}"'.format(str(sockets).replace('"', '""')),
        "unix_socket_permissions": "0700",
        "shared_buffers": _share(memory, 16, 32, 128),
        "effective_cache_size": _share(memory, 2, 128, 65536),
        "maintenance_work_mem": _share(memory, 32, 32, 256),
        "work_mem": "8MB",
        "max_wal_size": "512MB",
        "wal_compression": "on",
        "random_page_cost": "1.1",
        "jit": "off",
        # Processes that would only idle: reading ahead by workers, and logical replication.
        "io_method": "sync",
        "max_logical_replication_workers": "0",
        # A parallel index build takes /dev/shm, of which a container has little.
        "max_parallel_maintenance_workers": "0",
        "recovery_init_sync_method": "syncfs" if sys.platform == "linux" else "fsync",
        "log_timezone": "UTC",
        "timezone": "UTC",
        "log_checkpoints": "off",
        # No statement and no value of a row in the log.
        "log_min_error_statement": "panic",
        "log_error_verbosity": "terse",
        "log_line_prefix": "%m [%p] ",
    }
    return settings if durable else settings | _UNSAFE


def _share(memory: int, part: int, least: int, most: int) -> str:
    return f"{max(least, min(most, memory // part // _MB))}MB"


def _memory() -> int:
    """What this machine has, or this container may use."""
    whole = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    with contextlib.suppress(OSError, ValueError):
        return min(whole, int(Path("/sys/fs/cgroup/memory.max").read_text()))
    return whole
