"""Static files: lasting addresses, nothing sent twice, nothing outside the folder."""

import gzip
import re
from pathlib import Path
from typing import Any

import brotli
import pytest

from app.web.assets import STATIC, Assets, Shelf
from tests.web.asking import Answer, ask

TEMPLATES = STATIC.parent / "templates"


async def _beyond(_scope: Any, _receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 299, "headers": []})
    await send({"type": "http.response.body", "body": b"the app"})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    static = tmp_path / "static"
    for name, text in {
        "css/one.css": "a { color: red }\n" * 100,
        "css/two.css": "b { color: blue }\n",
        "img/mark.svg": "<svg/>",
        "font/text.woff2": "x" * 2000,
        "root/robots.txt": "User-agent: *\nDisallow: /\n",
        ".hidden": "hidden",
        "bundles.json": '{"css/all.css": ["css/two.css", "css/one.css"]}',
    }.items():
        (static / name).parent.mkdir(parents=True, exist_ok=True)
        (static / name).write_text(text)
    (tmp_path / "secret.txt").write_text("secret")
    (static / "leak.txt").symlink_to(tmp_path / "secret.txt")
    return static


@pytest.fixture
def app(folder: Path) -> Assets:
    return Assets(_beyond, folder)


async def _get(app: Assets, path: str, *headers: tuple[str, str], method: str = "GET") -> Answer:
    return await ask(app, path, method=method, headers=headers)


async def test_an_address_with_the_hash_holds_for_ever(app: Assets) -> None:
    answer = await _get(app, app.shelf.url("css/one.css"))
    assert (answer.status, answer.headers["cache-control"]) == (200, "public, max-age=31536000, immutable")
    assert answer.headers["content-type"] == "text/css; charset=utf-8"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "set-cookie" not in answer.headers


async def test_a_bare_address_holds_for_a_minute(app: Assets) -> None:
    assert (await _get(app, "/static/css/one.css")).headers["cache-control"] == "public, max-age=60"


async def test_an_address_of_an_earlier_version_gives_what_there_is_now_but_is_not_kept(app: Assets) -> None:
    answer = await _get(app, "/static/0123456789ab/css/one.css")
    assert (answer.status, answer.headers["cache-control"]) == (200, "public, no-cache")


async def test_the_hash_changes_with_any_file_and_with_nothing_else(folder: Path) -> None:
    before = Shelf(folder).version
    assert Shelf(folder).version == before
    (folder / "css/two.css").write_text("b { color: green }\n")
    assert Shelf(folder).version != before


async def test_a_file_that_is_known_is_not_sent_again(app: Assets) -> None:
    first = await _get(app, "/static/css/one.css", ("accept-encoding", "br"))
    again = await _get(app, "/static/css/one.css", ("accept-encoding", "br"), ("if-none-match", first.headers["etag"]))
    assert (again.status, again.body) == (304, b"")
    assert {"etag", "cache-control", "vary"} <= set(again.headers)


@pytest.mark.parametrize("tags", ["*", 'W/"other", {etag}', "W/{etag}"])
async def test_every_way_to_name_a_known_file_is_understood(app: Assets, tags: str) -> None:
    etag = (await _get(app, "/static/css/one.css")).headers["etag"]
    assert (await _get(app, "/static/css/one.css", ("if-none-match", tags.format(etag=etag)))).status == 304


async def test_a_file_that_changed_is_sent_again(app: Assets) -> None:
    assert (await _get(app, "/static/css/one.css", ("if-none-match", '"0123456789abcdef0123"'))).status == 200


@pytest.mark.parametrize(
    ("accept", "coding"),
    [
        ("gzip, deflate, br", "br"),
        ("gzip, deflate", "gzip"),
        ("br;q=0, gzip", "gzip"),
        ("*", "br"),
        ("br;q=nonsense", None),
        ("identity", None),
        ("", None),
    ],
)
async def test_text_travels_packed_as_the_client_likes(app: Assets, accept: str, coding: str | None) -> None:
    answer = await _get(app, "/static/css/one.css", ("accept-encoding", accept))
    unpacked = {"br": brotli.decompress, "gzip": gzip.decompress, None: bytes}[coding](answer.body)
    assert answer.headers.get("content-encoding") == coding
    assert unpacked == b"a { color: red }\n" * 100
    assert answer.headers["vary"] == "Accept-Encoding"
    assert int(answer.headers["content-length"]) == len(answer.body)


@pytest.mark.parametrize("name", ["font/text.woff2", "img/mark.svg"])
async def test_what_is_packed_already_or_tiny_travels_as_it_is(app: Assets, name: str) -> None:
    assert "content-encoding" not in (await _get(app, f"/static/{name}", ("accept-encoding", "br"))).headers


async def test_a_bundle_is_its_files_in_their_order(app: Assets) -> None:
    assert (await _get(app, "/static/css/all.css")).body.startswith(b"b { color: blue }\n\na { color: red }")


async def test_head_tells_the_length_and_sends_nothing(app: Assets) -> None:
    answer = await _get(app, "/static/css/one.css", method="HEAD")
    assert (answer.headers["content-length"], answer.body) == ("1700", b"")


async def test_files_cannot_be_written(app: Assets) -> None:
    answer = await _get(app, "/static/css/one.css", method="POST")
    assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD")


async def test_files_of_the_root_folder_stand_at_the_root(app: Assets) -> None:
    assert (await _get(app, "/robots.txt")).body.endswith(b"Disallow: /\n")


@pytest.mark.parametrize(
    "path",
    [
        "/static/../secret.txt",
        "/static/css/../../secret.txt",
        "/static//etc/passwd",
        "/static/leak.txt",
        "/static/.hidden",
        "/static/bundles.json",
        "/static/css",
        "/static/css/",
        "/static/",
        "/static/css/one.css\x00.txt",
        "/static/css\\one.css",
        "/static/%2e%2e/secret.txt",
        "/static/0123456789ab/../secret.txt",
        "/static/0123456789ab//etc/passwd",
    ],
)
async def test_a11_nothing_outside_the_folder_can_be_asked_for(app: Assets, path: str) -> None:
    assert (await _get(app, path)).status == 404


async def test_everything_else_goes_on_to_the_app(app: Assets) -> None:
    assert [(await _get(app, path)).status for path in ("/", "/static", "/humans.txt", "/c/robots.txt")] == [299] * 4


def test_every_file_that_a_template_or_a_bundle_names_is_there() -> None:
    files = Shelf(STATIC).files
    named = {name for path in TEMPLATES.rglob("*.html") for name in re.findall(r"asset\('([^']+)'\)", path.read_text())}
    assert named - set(files) == set()
