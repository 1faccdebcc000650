"""Static files, from memory, at addresses that change with their content: what was fetched is never asked for again.

One hash over all of them stands in every address (`/static/<hash>/css/app.css`), so that what a style sheet or a module
names relative to itself carries it too. Only what was found when the folder was read can be asked for: no path of a
request ever reaches the file system.
"""

import asyncio
import hashlib
import json
import mimetypes
import re
from collections.abc import Iterator, Mapping
from functools import cache, cached_property
from pathlib import Path
from typing import Final

from app.core import log
from app.web.encoding import MIN_BYTES, Coding, chosen, is_text, packed
from app.web.interface import Application, Receive, Scope, Send

STATIC: Final = Path(__file__).parents[2] / "static"
PREFIX: Final = "/static/"
BUNDLES: Final = "bundles.json"  # {"css/app.css": ["css/tokens.css", …]}: served as one file
ROOT_FOLDER: Final = "root/"  # what browsers look for at fixed addresses, such as /favicon.ico
FRAMES: Final = "frames/"  # what a frame without an origin may fetch, which to us is from elsewhere
_VERSIONED: Final = re.compile(r"[0-9a-f]{12}/")
_QUALITY: Final = 6
_LARGE: Final = 256 * 1024  # bytes: to pack more takes long enough for everybody to notice
_FOREVER: Final = b"public, max-age=31536000, immutable"
_A_MINUTE: Final = b"public, max-age=60"
_ASK_AGAIN: Final = b"public, no-cache"  # the address of another version
_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}
_log = log.logger(__name__)


class File:
    """One file or bundle, read at first use and kept."""

    def __init__(self, name: str, parts: list[Path]) -> None:
        suffix = Path(name).suffix
        self.type = (_TYPES.get(suffix) or mimetypes.types_map.get(suffix, "application/octet-stream")).encode()
        self.is_for_frames = name.startswith(FRAMES)
        self._parts = parts
        self._packed: dict[Coding, bytes] = {}

    @cached_property
    def content(self) -> bytes:
        return b"\n".join(part.read_bytes() for part in self._parts)

    @cached_property
    def hash(self) -> bytes:
        return hashlib.blake2b(self.content, digest_size=10).hexdigest().encode()

    def coding_for(self, accept: bytes) -> Coding:
        """How it travels to a client that accepts this."""
        worthwhile = is_text(self.type) and len(self.content) >= MIN_BYTES
        return chosen(accept) if worthwhile else ""

    def body(self, coding: Coding) -> bytes:
        """The bytes that travel."""
        if not coding:
            return self.content
        if coding not in self._packed:
            self._packed[coding] = packed(self.content, coding, quality=_QUALITY)
        return self._packed[coding]


class Shelf:
    """Everything in a folder, as it was when the process first asked."""

    def __init__(self, folder: Path) -> None:
        found = dict(_found(folder))
        self.version = _version(found)
        bundles = _bundles(found.pop(BUNDLES, None), found)
        self.files = {name: File(name, [path]) for name, path in found.items()}
        self.files |= {name: File(name, parts) for name, parts in bundles.items()}

    def url(self, name: str) -> str:
        """The address of a file, good for ever."""
        return f"{PREFIX}{self.version}/{name}"

    def find(self, path: str) -> tuple[File | None, bytes]:
        """The file that an address means, and how long the answer holds."""
        if not path.startswith(PREFIX):
            return self.files.get(ROOT_FOLDER + path[1:]), _A_MINUTE
        name = path[len(PREFIX) :]
        if not _VERSIONED.match(name):
            return self.files.get(name), _A_MINUTE
        version, _, name = name.partition("/")
        return self.files.get(name), _FOREVER if version == self.version else _ASK_AGAIN


def _found(folder: Path) -> Iterator[tuple[str, Path]]:
    """Plain files that really lie in the folder; a link that leads out of it does not."""
    real = folder.resolve()
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        is_hidden = any(part.startswith(".") for part in name.split("/"))
        if path.is_file() and not is_hidden and path.resolve().is_relative_to(real):
            yield name, path


def _bundles(listing: Path | None, found: Mapping[str, Path]) -> Mapping[str, list[Path]]:
    named: dict[str, list[str]] = json.loads(listing.read_bytes()) if listing else {}
    for missing in [name for names in named.values() for name in names if name not in found]:
        _log.warning("static/%s names %s, which is not there", BUNDLES, missing)
    return {bundle: [found[name] for name in names if name in found] for bundle, names in named.items()}


def _version(found: Mapping[str, Path]) -> str:
    """The same for the same files, on every host. A megabyte takes two milliseconds."""
    digest = hashlib.blake2b(digest_size=6)
    for name, path in found.items():
        digest.update(name.encode() + b"\x00" + hashlib.blake2b(path.read_bytes()).digest())
    return digest.hexdigest()


@cache
def shelf() -> Shelf:
    """The files of this process."""
    return Shelf(STATIC)


def asset(name: str) -> str:
    """The address of a static file, for templates."""
    return shelf().url(name)


class Assets:
    """Answers for static files before anything else looks at the request; the rest goes on to the app."""

    def __init__(self, app: Application, folder: Path | None = None) -> None:
        self.app = app
        self._folder = folder

    @cached_property
    def shelf(self) -> Shelf:
        return Shelf(self._folder) if self._folder else shelf()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not self._is_ours(scope["path"]):
            await self.app(scope, receive, send)
            return
        file, holds = self.shelf.find(scope["path"])
        if file is None:
            await _say(send, 404, b"There is no such file.", [])
        elif scope["method"] not in ("GET", "HEAD"):
            await _say(send, 405, b"Files can only be read.", [(b"allow", b"GET, HEAD")])
        else:
            await _give(send, file, holds, dict(scope["headers"]), is_head=scope["method"] == "HEAD")

    def _is_ours(self, path: str) -> bool:
        return path.startswith(PREFIX) or (path.count("/") == 1 and ROOT_FOLDER + path[1:] in self.shelf.files)


async def _give(send: Send, file: File, holds: bytes, asked: Mapping[bytes, bytes], *, is_head: bool) -> None:
    coding = file.coding_for(asked.get(b"accept-encoding", b""))
    headers = [
        (b"etag", b'"%b%b"' % (file.hash, f"-{coding}".encode() if coding else b"")),
        (b"cache-control", holds),
        (b"vary", b"Accept-Encoding"),
        (b"x-content-type-options", b"nosniff"),
    ]
    if _is_known(file, asked.get(b"if-none-match", b"")):
        await _answer(send, 304, headers, b"")
        return
    headers += [(b"cross-origin-resource-policy", b"cross-origin")] if file.is_for_frames else []
    body = file.body(coding) if len(file.content) < _LARGE else await asyncio.to_thread(file.body, coding)
    headers += [(b"content-type", file.type), (b"content-length", str(len(body)).encode())]
    headers += [(b"content-encoding", coding.encode())] if coding else []
    await _answer(send, 200, headers, b"" if is_head else body)


def _is_known(file: File, tags: bytes) -> bool:
    """Whether the client has this content, however it was packed. A hash of 20 digits appears in no other tag."""
    return tags.strip() == b"*" or file.hash in tags


async def _say(send: Send, status: int, sentence: bytes, headers: list[tuple[bytes, bytes]]) -> None:
    given = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(sentence)).encode()),
        (b"cache-control", b"no-store"),
        *headers,
    ]
    await _answer(send, status, given, sentence)


async def _answer(send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
