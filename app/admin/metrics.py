"""The figures of this process and of what all processes share, in the words that Prometheus reads."""

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Final

from app import __version__
from app.admin import health
from app.admin.health import Readings
from app.database import observed
from app.web.measured import BUCKETS, Histogram, requests
from app.web.readonly import saving

KIND: Final = "text/plain; version=0.0.4"  # the charset is added on the way out
_PROCESS: Final = Path("/proc/self")
_ESCAPES: Final = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})
Sample = tuple[str, Mapping[str, object], float]


@dataclass(frozen=True, slots=True)
class Family:
    """One metric with its samples: suffix, labels, value."""

    name: str
    kind: str
    doc: str
    samples: Iterable[Sample]

    def lines(self, labels: Mapping[str, object]) -> Iterator[str]:
        """As they are read."""
        name = f"commonplace_{self.name}"
        yield f"# HELP {name} {self.doc}"
        yield f"# TYPE {name} {self.kind}"
        for suffix, own, value in self.samples:
            yield f"{name}{suffix}{_labels({**own, **labels})} {value:.10g}"


def _labels(labels: Mapping[str, object]) -> str:
    inside = ",".join(f'{name}="{str(value).translate(_ESCAPES)}"' for name, value in labels.items())
    return f"{{{inside}}}" if inside else ""


def _one(name: str, kind: str, doc: str, value: float) -> Family:
    return Family(name, kind, doc, [("", {}, value)])


async def text() -> str:
    """All of it. With several processes each tells its own, under its number."""
    found = await health.readings()
    own = {"process": os.getpid()}
    lines = [line for family in _of_process(found) for line in family.lines(own)]
    lines += [line for family in _shared(found) for line in family.lines({})]
    return "\n".join(lines) + "\n"


# This process --------------------------------------------------------------------------------------------------------


def _of_process(found: Readings) -> Iterator[Family]:
    queries, seconds, slow = observed.totals()
    yield Family("info", "gauge", "The release that runs.", [("", {"version": __version__}, 1)])
    yield _one("uptime_seconds", "gauge", "Since this process began.", health.uptime())
    yield from _of_requests()
    yield Family("pool_connections", "gauge", "Connections of the pool.", _pool(found))
    yield _one("queries_total", "counter", "Statements run.", queries)
    yield _one("queries_seconds_total", "counter", "Time spent in statements.", seconds)
    yield _one("queries_slow_total", "counter", "Statements that took longer than COMMONPLACE_SLOW_QUERY_MS.", slow)
    yield from _of_machine()


def _of_requests() -> Iterator[Family]:
    counted = [
        ("", {"route": route, "method": method, "status": status}, count)
        for (route, method, status), count in requests.by_status.items()
    ]
    yield Family("requests_total", "counter", "Requests answered.", counted)
    yield _one("requests_running", "gauge", "Requests being answered.", requests.running)
    timed = [sample for route, found in requests.by_route.items() for sample in _histogram(route, found)]
    yield Family("request_seconds", "histogram", "How long an answer took.", timed)


def _histogram(route: str, found: Histogram) -> Iterator[Sample]:
    running = list(accumulate(found.counts))
    for limit, count in zip((*BUCKETS, "+Inf"), running, strict=True):
        yield "_bucket", {"route": route, "le": limit}, count
    yield "_sum", {"route": route}, found.total
    yield "_count", {"route": route}, running[-1]


def _pool(found: Readings) -> list[Sample]:
    pool = found.pool
    states = {"used": pool.used, "open": pool.open, "most": pool.most}
    return [("", {"state": state}, value) for state, value in states.items()]


def _of_machine() -> Iterator[Family]:
    times = os.times()
    yield _one("process_cpu_seconds_total", "counter", "Processor time.", times.user + times.system)
    if _PROCESS.is_dir():
        pages = int((_PROCESS / "statm").read_text().split()[1])
        yield _one("process_memory_bytes", "gauge", "Memory in use.", pages * os.sysconf("SC_PAGE_SIZE"))
        yield _one("process_open_files", "gauge", "Open files.", len(list((_PROCESS / "fd").iterdir())))


# All processes together ----------------------------------------------------------------------------------------------


def _shared(found: Readings) -> Iterator[Family]:
    yield _one("database_up", "gauge", "Whether the database answers.", found.database is not None)
    yield _one("migrations_pending", "gauge", "Migrations that are still to be run.", len(found.pending))
    yield _one("disk_free_bytes", "gauge", "Room under the data directory.", found.disk.free)
    yield _one("disk_size_bytes", "gauge", "Size of that disk.", found.disk.total)
    yield _one("read_only", "gauge", "Whether saving rests because the disk is nearly full.", saving.rests)
    if found.database is not None:
        yield _one("database_size_bytes", "gauge", "Size of the database.", found.database.size)
    if found.jobs is not None:
        states = [("", {"state": state.lower()}, count) for state, count in found.jobs.counts.items()]
        yield Family("jobs", "gauge", "Jobs in each state.", states)
        yield _one(
            "jobs_oldest_waiting_seconds", "gauge", "How long the oldest due job waits.", found.jobs.longest_wait
        )
