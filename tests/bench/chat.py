"""The conversation: how soon the first words are there, and what streaming costs; the middle one of three rounds.

The model is scripted and stands in a process of its own, as do a bare server that passes it on, and the house.
"""

import asyncio
import math
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import asyncpg
import psutil

from app.core.ids import new_id
from app.core.secrets import hashed, new_token
from tests.bench import shell
from tests.bench.house import ROOT, House, house, scratch
from tests.bench.talking import MODEL, Heard, Person, asked

ROUNDS = 3
CROWDS = {1: 20, 32: 4, 100: 2}  # people at once, and how often each speaks
TOKENS = 100
WAITS = "tokens-1-first-3000"
BEGINS = "tokens-1-every-0ms"
PATH = "openai/"
MESSAGES, CONVERSATIONS = 100_000, 10_000
Figures = dict[str, Any]
Ask = Callable[[int, int], Awaitable[Heard]]


def run() -> Figures:
    """Every figure, of the round in the middle."""
    rounds = sorted((_round() for _ in range(ROUNDS)), key=lambda each: float(each["ttft_added_ms"]["100"]["p95"]))
    return rounds[len(rounds) // 2]


@dataclass(frozen=True)
class Place:
    """Everything that runs for a round."""

    here: House
    upstream: int
    passing: int
    passing_process: psutil.Process
    sockets: str


@contextmanager
def _started() -> Iterator[Place]:
    models = f"{MODEL},{WAITS},{BEGINS}"
    with scratch() as folder, _child("tests.provider", "--models", models) as (port, _):
        address = f"http://127.0.0.1:{port}/v1"
        given = {"OPENAI_BASE_URL": address, "OPENAI_API_KEY": "none", "COMMONPLACE_PROFILE": "production"}
        with _child("tests.bench.passing", address) as (passing, process), house(folder / "data", **given) as here:
            yield Place(here, port, passing, process, shell.socket_directory(here))


@contextmanager
def _child(module: str, *arguments: str) -> Iterator[tuple[int, psutil.Process]]:
    command = [sys.executable, "-m", module, *arguments]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield int(process.stdout.readline()), psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(10)
        process.stdout.close()


def _round() -> Figures:
    with _started() as place:
        place.here.sign_in()
        place.here.ask("/")
        figures = asyncio.run(_streamed(place))
        figures |= asyncio.run(_read(place))
        figures |= {"css_js_gz": round(shell.weight(place.here)["css_js_gz"], 1)}
        figures |= {"requests": shell.browser(place.here)["requests"]}
    return figures


# Streams ----------------------------------------------------------------------------------------------------------


async def _streamed(place: Place) -> Figures:
    people = [Person(place.here.port, f"session={token}") for token in await _entered(place, max(CROWDS))]
    idle = place.here.resident()
    for person in people:
        await person.settle_in(PATH + BEGINS)
    queries = await _queries_of_a_send(place, people[0])
    await asyncio.sleep(4)
    added: Figures = {}
    through: Figures = {}
    errors: Figures = {}
    spent: Figures = {}
    for crowd, times in CROWDS.items():
        direct = await _heard(crowd, times, lambda *_: asked(place.upstream))
        with _costing(place) as passing:
            passed = await _heard(crowd, times, lambda *_: asked(place.passing))
        with _costing(place) as cost:
            ours = await _heard(crowd, times, partial(_listened, people, crowd))
            await asyncio.sleep(1)
        own = statistics.median(each.first_ms for each in direct)
        added[str(crowd)] = _spread([each.first_ms - own for each in ours])
        through[str(crowd)] = _spread([each.first_ms - own for each in passed])
        errors[str(crowd)] = sum(not each.is_whole for each in (*direct, *passed, *ours))
        spent = {**cost, "pass_through": passing["pass_through"]}
    tokens = CROWDS[100] * 100 * TOKENS / 1000
    idle_share = await _idle(place, people)
    print(f"300 idle streams: {idle_share:.2%} of a core", file=sys.stderr)
    return {
        "ttft_added_ms": added,
        "ttft_pass_through_ms": through,
        "errors": errors,
        "cpu_s_per_1k": {name: round(spent[name] / tokens, 4) for name in ("app", "postgres", "pass_through")},
        "rss_mb": {"idle": round(idle, 1), "100_streams": round(spent["rss"], 1)},
        "send_queries": queries,
    }


async def _listened(people: Sequence[Person], crowd: int, who: int, turn: int) -> Heard:
    return await people[who].listen(f"{crowd}-{turn}-{who}", PATH + MODEL)


async def _entered(place: Place, count: int) -> list[str]:
    """So many people, each with a login session; its tokens."""
    connection = await asyncpg.connect(host=place.sockets, user="commonplace", database="commonplace")
    tokens = [new_token() for _ in range(count)]
    for number, token in enumerate(tokens):
        person = new_id()
        await connection.execute(
            "insert into users (id, email, email_verified_at, name, role, onboarding)"
            " values ($1, $2, now(), $3, 'DEVELOPER', '{\"done\": true}')",
            person, f"person-{number}@example.com", f"Person {number}",
        )  # fmt: skip
        await connection.execute(
            "insert into login_sessions (id, user_id, token_sha256, expires_at, how)"
            " values ($1, $2, $3, now() + interval '1 day', 'bench')",
            new_id(), person, hashed(token),
        )  # fmt: skip
    await connection.close()
    return tokens


async def _heard(crowd: int, times: int, ask: Ask) -> list[Heard]:
    """So many at once, each so often, and never all at the same moment."""

    async def one(who: int) -> list[Heard]:
        await asyncio.sleep(who / crowd)
        return [await ask(who, turn) for turn in range(times)]

    return [heard for found in await asyncio.gather(*(one(who) for who in range(crowd))) for heard in found]


@contextmanager
def _costing(place: Place) -> Iterator[Figures]:
    """What the block costs each process: seconds of CPU, and the most memory of the house."""
    before, found = _cpu(place), {"rss": 0.0}
    watching = asyncio.create_task(_most_memory(place.here, found))
    yield found
    watching.cancel()
    found |= {name: seconds - before[name] for name, seconds in _cpu(place).items()}


async def _most_memory(here: House, found: Figures) -> None:
    while True:
        found["rss"] = max(found["rss"], here.resident())
        await asyncio.sleep(0.2)


def _cpu(place: Place) -> dict[str, float]:
    return {
        "app": place.here.cpu(),
        "postgres": sum(_seconds(each) for each in place.here.databases()),
        "pass_through": _seconds(place.passing_process),
    }


def _seconds(process: psutil.Process) -> float:
    try:
        return sum(process.cpu_times()[:2])
    except psutil.NoSuchProcess:  # a connection of the pool that was let go meanwhile
        return 0.0


async def _idle(place: Place, people: Sequence[Person]) -> float:
    """The share of a core that three hundred open pages take where nothing happens."""
    lines = []
    for person in people:
        for _ in range(3):
            reader, writer = await asyncio.open_connection("127.0.0.1", place.here.port)
            head = f"GET {person.talk}/events HTTP/1.1\r\nhost: 127.0.0.1\r\ncookie: {person.cookie}\r\n\r\n"
            writer.write(head.encode())
            await reader.readuntil(b"event: talk")
            lines.append(writer)
    await asyncio.sleep(2)
    begun, start = place.here.cpu(), time.perf_counter()
    await asyncio.sleep(10)
    share = (place.here.cpu() - begun) / (time.perf_counter() - start)
    for writer in lines:
        writer.close()
    return share


async def _queries_of_a_send(place: Place, person: Person) -> int:
    """How many statements it takes until the page has its answer; the model says nothing meanwhile."""
    counts = []
    for turn in range(3):
        itself = -shell.reads(place.here) + shell.reads(place.here)
        before = shell.reads(place.here)
        await person.say(f"queries-{turn}", PATH + WAITS)
        counts.append(shell.reads(place.here) - before - itself)
        await asyncio.sleep(3.5)
    return round(statistics.median(counts))


# Pages ------------------------------------------------------------------------------------------------------------


async def _read(place: Place) -> Figures:
    """A conversation of a hundred thousand messages, and a list of ten thousand conversations."""
    (token,) = await _entered_again(place)
    connection = await asyncpg.connect(host=place.sockets, user="commonplace", database="commonplace")
    talk = await _long(connection, token)
    await connection.close()
    place.here.cookie = f"session={token}"
    place.here.connection.close()  # it has been silent for too long
    return {"conversation_100k_ms": _pages(place, f"/c/{talk}"), "list_10k_ms": _pages(place, "/c", walk=True)}


async def _entered_again(place: Place) -> list[str]:
    connection = await asyncpg.connect(host=place.sockets, user="commonplace", database="commonplace")
    await connection.execute("update users set email = 'earlier-' || email where email like 'person-%'")
    await connection.close()
    return await _entered(place, 1)


async def _long(connection: asyncpg.Connection, token: str) -> str:
    person = await connection.fetchval("select user_id from login_sessions where token_sha256 = $1", hashed(token))
    ids = [new_id() for _ in range(MESSAGES)]
    talk = new_id()
    await connection.execute(
        "insert into conversations (id, user_id, title, leaf_id) values ($1, $2, 'Long', $3)", talk, person, ids[-1]
    )
    await connection.execute(
        """
        insert into messages (id, user_id, conversation_id, parent_id, depth, role, content, html)
        select m.id, $1, $2, m.parent, m.at - 1, case when m.at % 2 = 1 then 'USER' else 'ASSISTANT' end,
            'something that was said, number ' || m.at, '<p>something that was said</p>'
        from unnest($3::uuid[], $4::uuid[]) with ordinality as m(id, parent, at)
        """,
        person, talk, ids, [talk, *ids[:-1]],
    )  # fmt: skip
    await connection.execute(
        """
        insert into conversations (id, user_id, title, preview, active_at)
        select c.id, $1, 'Conversation ' || c.at, 'what was said last', now() - c.at * interval '1 hour'
        from unnest($2::uuid[]) with ordinality as c(id, at)
        """,
        person, [new_id() for _ in range(CONVERSATIONS)],
    )  # fmt: skip
    await connection.execute("analyze messages")
    await connection.execute("analyze conversations")
    return str(talk)


def _pages(place: Place, path: str, *, walk: bool = False) -> dict[str, float]:
    times, address = [], path
    for number in range(105):
        begun = time.perf_counter()
        status, _, page = place.here.ask(address)
        assert status == 200, page
        if number >= 5:
            times.append((time.perf_counter() - begun) * 1000)
        older = re.findall(r'"(/c\?[^"]*after=[^"]+)"', page) if walk else []
        address = older[-1].replace("&amp;", "&") if older else path
    return _spread(times)


def _spread(values: Sequence[float]) -> dict[str, float]:
    found = sorted(value for value in values if not math.isnan(value))
    return {"p50": round(found[len(found) // 2], 1), "p95": round(found[int(len(found) * 0.95)], 1)}
