"""The shell: how fast it starts, how little it needs, how soon a page is there: the median of three rounds."""

import contextlib
import gzip
import http.client
import os
import re
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
from playwright.sync_api import BrowserContext, sync_playwright

from tests.bench.house import COMMAND, ROOT, House, house, scratch

ROUNDS = 3
REQUESTS = 400
CHROMIUM = ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
Figures = dict[str, Any]


def run() -> Figures:
    """Every figure."""
    rounds = [_round() for _ in range(ROUNDS)]
    flat = {key: statistics.median(each[key] for each in rounds) for key in rounds[0]}
    page = {"p50": flat.pop("p50"), "p95": flat.pop("p95")}
    return {
        **{key: round(value, 3) for key, value in flat.items()},
        "page_ms": {k: round(v, 2) for k, v in page.items()},
    }


def _round() -> Figures:
    with scratch() as folder:
        data = folder / "data"
        with house(data) as first:
            cold = first.ready_after
        figures = {"cold_start_s": cold, "migrate_s": _migrated(folder)}
        with house(data) as here:
            figures["warm_start_s"] = here.ready_after
            here.sign_in()
            here.ask("/")
            time.sleep(2)
            figures |= {"rss_mb": here.resident(), "postgres_pss_mb": here.proportional()}
            figures |= _page(here, data)
            figures |= weight(here)
            figures |= browser(here)
    return figures


def _migrated(folder: Path) -> float:
    """Every migration on an empty database, as `reset` does it, less what the command needs in any case."""
    data = ["--data", str(folder / "data")]
    timings = []
    for command in (["migrate", "status"], ["reset", "--yes"]):
        start = time.perf_counter()
        subprocess.run([*COMMAND, *data, *command], check=True, stdout=subprocess.DEVNULL, cwd=folder)
        timings.append(time.perf_counter() - start)
    return max(0.0, timings[1] - timings[0])


def _page(here: House, data: Path) -> Figures:
    """The signed-in page against a bare route that reads as often, in turns."""
    for _ in range(50):
        here.ask("/welcome")
        here.ask("/account")
    reads = _reads_of_a_page(here)
    times: list[float] = []
    with _bare(data, here, reads) as (port, process):
        ours, bare = [], []
        connection = http.client.HTTPConnection("127.0.0.1", port)
        for _ in range(4):
            start = here.cpu()
            times += _timed(here)
            ours.append((here.cpu() - start) / REQUESTS)
            bare.append(_bare_cpu(connection, process) / REQUESTS)
    times.sort()
    ratio = statistics.median(ours) / statistics.median(bare)
    return {
        "p50": times[len(times) // 2] * 1000,
        "p95": times[int(len(times) * 0.95)] * 1000,
        "cpu_ratio_to_bare": ratio,
        "reads": reads,
    }


def _timed(here: House) -> list[float]:
    times = []
    for _ in range(REQUESTS):
        start = time.perf_counter()
        status, _, _ = here.ask("/account")
        times.append(time.perf_counter() - start)
        assert status == 200
    return times


def _bare_cpu(connection: http.client.HTTPConnection, process: psutil.Process) -> float:
    start = sum(process.cpu_times()[:2])
    for _ in range(REQUESTS):
        connection.request("GET", "/")
        connection.getresponse().read()
    return float(sum(process.cpu_times()[:2]) - start)


def _reads_of_a_page(here: House) -> int:
    """How often one page asks the database: from many pages, less what asking for the figures costs itself."""
    pages = 50
    first, second = reads(here), reads(here)
    for _ in range(pages):
        here.ask("/account")
    return round((reads(here) - second - (second - first)) / pages)


def reads(here: House) -> int:
    """Queries so far, by our own metrics."""
    _, _, text = here.ask("/metrics")
    found = re.search(r"^commonplace_queries_total(?:\{[^}]*\})? (\S+)$", text, re.MULTILINE)
    assert found is not None, "the metrics do not tell the number of queries"
    return int(float(found[1]))


@contextmanager
def _bare(data: Path, here: House, reads: int) -> Iterator[tuple[int, psutil.Process]]:
    sockets = socket_directory(here)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "tests.bench.bare", sockets, "commonplace", "commonplace", str(port), str(reads)]
    process = subprocess.Popen(command, cwd=ROOT, env=dict(os.environ))
    try:
        _await(port, process)
        yield port, psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(10)


def _await(port: int, process: "subprocess.Popen[bytes]") -> None:
    while process.poll() is None:
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port), 0.1).close()
            return
        time.sleep(0.05)
    message = "The bare app did not start"
    raise RuntimeError(message)


def socket_directory(here: House) -> str:
    """Where the embedded server of this house listens: it says so on its command line."""
    for child in psutil.Process(here.process.pid).children(recursive=True):
        found = re.search(r'unix_socket_directories="([^"]+)"', " ".join(child.cmdline()))
        if found:
            return found[1]
    message = "There is no database below this process"
    raise RuntimeError(message)


def weight(here: House) -> Figures:
    """What the first page needs, as gzip would send it."""
    _, _, page = here.ask("/account")
    named = re.findall(r'<(?:link rel="(?:stylesheet|icon|manifest)"|script)[^>]*?(?:href|src)="([^"]+)"', page)
    named += re.findall(r'<link[^>]*?rel="(?:icon|manifest)"[^>]*?href="([^"]+)"', page)
    addresses = sorted(set(named))
    heavy = [address for address in addresses if address.endswith((".css", ".js"))]
    sizes = [len(gzip.compress(here.ask(address)[2].encode(), 6)) for address in heavy]
    return {"css_js_gz": sum(sizes) / 1024}


def browser(here: House) -> Figures:
    executable = next((path for path in CHROMIUM if Path(path).exists()), None)
    if executable is None:
        return {"browser_ready_ms": float("nan"), "requests": float("nan")}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        visits = [_visit(browser.new_context(), here) for _ in range(5)]
        browser.close()
    return {"browser_ready_ms": statistics.median(ready for ready, _ in visits), "requests": max(n for _, n in visits)}


def _visit(context: BrowserContext, here: House) -> tuple[float, int]:
    """How long a browser that knows nothing yet takes to its page, and what it asked for."""
    name, _, value = here.cookie.partition("=")
    context.add_cookies([{"name": name, "value": value, "url": f"http://127.0.0.1:{here.port}"}])
    page = context.new_page()
    seen: list[str] = []
    page.on("request", lambda request: seen.append(request.url))
    page.goto(f"http://127.0.0.1:{here.port}/account")
    page.wait_for_function("window.htmx !== undefined")
    ready = float(page.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd"))
    context.close()
    return ready, len(seen)
