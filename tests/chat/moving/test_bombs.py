"""Files that are made to do harm: what they cost is measured in a process of its own."""

import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from app.chat.moving import decoding, pieces
from app.chat.moving.opening import BOMB, CROWDED, DAMAGED, UNKNOWN
from app.chat.moving.pieces import CUT_OFF, TOO_DEEP, TOO_LARGE
from app.chat.moving.reading import TOO_MUCH
from tests.chat.moving.exported import archive, chatgpt, conversations, left_out, node, small

ROOT = Path(__file__).parents[3]
MOST_MEMORY = 100  # MB
MEGABYTE = 1 << 20
MEASURED = """
import re, sys, time
from pathlib import Path
from app.chat.moving import decoding, pieces
from app.chat.moving.opening import read
from app.chat.moving.came import LeftOut
def most(): return int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) / 1024
before, start = most(), time.monotonic()
told = {each.why if isinstance(each, LeftOut) else "read" for each in read(Path(sys.argv[1]))}
print(time.monotonic() - start, most() - before, "|".join(sorted(told)), sep="\\n")
"""


def packed(path: Path, *contents: bytes) -> Path:
    return archive(path.parent, {f"conversations-{n}.json": content for n, content in enumerate(contents)})


def plain(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def one_of_200_mb(path: Path) -> Path:
    return packed(path, b'[{"mapping": {"' + b" " * (200 * MEGABYTE) + b'"}}]')


def overlapping(path: Path) -> Path:
    """42 KB that unpack to 10 GB: a thousand names for one file of 10 MB."""
    data = packed(path, b"[" + b" " * (10 * MEGABYTE) + b"]").read_bytes()
    at, end = data.index(b"PK\x01\x02"), data.index(b"PK\x05\x06")
    record, times = data[at:end], 1000
    sizes = (times.to_bytes(2, "little") * 2) + (len(record) * times).to_bytes(4, "little") + at.to_bytes(4, "little")
    return plain(path, data[:at] + record * times + data[end : end + 8] + sizes + b"\0\0")


def lying_about_its_size(path: Path) -> Path:
    file = packed(path, b'[{"mapping": {"' + b" " * (200 * MEGABYTE) + b'"}}]')
    data = file.read_bytes()
    at = data.index(b"PK\x01\x02")
    return plain(file, data[: at + 24] + (5000).to_bytes(4, "little") + data[at + 28 :])


def of_100_000_files(path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as out:
        for number in range(100_000):
            out.writestr(zipfile.ZipInfo(f"{number}.json"), b"{}")
    return path


def of_20_001_files(path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as out:
        for number in range(20_001):
            out.writestr(zipfile.ZipInfo(f"{number}.json"), b"{}")
    return path


def in_each_other(path: Path) -> Path:
    inner = one_of_200_mb(path).read_bytes()
    return archive(path.parent, {"inner.zip": inner, "picture.svg": b"<svg onload='x'/>", "page.html": b"<html>"})


def of_a_hundred_thousand_levels(path: Path) -> Path:
    return plain(path, b'[{"mapping": ' + b"[" * 100_000 + b"]" * 100_000 + b"}]")


def of_brackets(path: Path) -> Path:
    return plain(path, b'[{"mapping": ' + b"[" * (50 * MEGABYTE))


def of_many_brackets(path: Path) -> Path:
    return plain(path, b'[{"mapping": ' + b"[[[[]]]]," * (10 * MEGABYTE))


def of_many_small_values(path: Path) -> Path:
    return plain(path, json.dumps([small()]).encode()[:-1] + b',{"an object that is no conversation": 1}' * MEGABYTE)


def of_a_string_without_an_end(path: Path) -> Path:
    return plain(path, b'[{"mapping": "' + b"x" * (100 * MEGABYTE))


def of_many_values(path: Path) -> Path:
    return plain(path, b'[{"mapping": [' + b"{}," * (10 * MEGABYTE) + b"0]}]")


def of_as_much_as_may_be(path: Path) -> Path:
    """Every text with one character for whose sake all others take four bytes."""
    nodes = {f"n{n}": node("root", "user", "x" * 950_000 + "😀") for n in range(pieces.LARGEST // 951_000)}
    return plain(path, json.dumps([chatgpt(nodes)], ensure_ascii=False).encode())


def of_as_many_values_as_may_be(path: Path) -> Path:
    keys = range(decoding.MOST_VALUES // 4 - 2)
    return plain(path, json.dumps([small() | {"x": [{f"a key {key}": {}} for key in keys]}]).encode())


def of_large_pictures(path: Path) -> Path:
    picture = '{"url": "data:image/png;base64,' + "A" * (3 * MEGABYTE) + '"}'
    chat = '{"title": "Bread", "chat": {"history": {"messages": {"q": {"role": "user", "content": "Bread?", "files": ['
    return plain(path, (chat + ",".join([picture] * 30) + "]}}}}}").encode())


@pytest.mark.parametrize(
    ("make", "outcome"),
    [
        (one_of_200_mb, BOMB),
        (overlapping, BOMB),
        (lying_about_its_size, DAMAGED),
        (of_100_000_files, CROWDED),
        (of_20_001_files, CROWDED),
        (in_each_other, UNKNOWN),
        (of_a_hundred_thousand_levels, TOO_DEEP),
        (of_brackets, TOO_DEEP),
        (of_many_brackets, TOO_LARGE),
        (of_many_small_values, TOO_MUCH),
        (of_a_string_without_an_end, CUT_OFF),
        (of_many_values, TOO_LARGE),
        (of_as_much_as_may_be, "read"),
        (of_as_many_values_as_may_be, "read"),
        (of_large_pictures, "read"),
    ],
)
def test_a30_a_file_that_does_harm_costs_little(make: Callable[[Path], Path], outcome: str, tmp_path: Path) -> None:
    path = make(tmp_path / "upload")
    run = subprocess.run(
        [sys.executable, "-c", MEASURED, str(path)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    seconds, memory, told = run.stdout.splitlines()
    print(f"A30: {make.__name__}: {path.stat().st_size >> 10} KB, {float(seconds):.2f} s, {float(memory):.0f} MB more")
    assert outcome in told
    assert float(memory) < MOST_MEMORY


@pytest.mark.parametrize(
    "name", ["../../etc/passwd.json", "/etc/passwd.json", "C:\\x.json", "a\x00b.json", "con.json", "\u202enosj.x"]
)
def test_a11_a_name_in_an_archive_leads_nowhere(name: str, tmp_path: Path) -> None:
    path = archive(tmp_path, {name: [small(), {"title": "No"}]})
    before = sorted(tmp_path.parent.rglob("*"))
    assert len(conversations(path)) == 1
    assert sorted(tmp_path.parent.rglob("*")) == before
    ((where, _),) = left_out(path)
    assert where.isprintable()
