"""Packages of Python that tests need and the house does not, installed once into a cache outside it, by pip."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from tests.npm import Unobtainable

INSTALL_WITHIN: Final = 180


def installed(folder: Path) -> Path:
    """Where the packages are that this folder's requirements name, filled once for each content of that file."""
    pinned = (folder / "requirements.txt").read_bytes()
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "commonplace-tests"
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    target = cache / f"{folder.name}-{version}-{hashlib.sha256(pinned).hexdigest()[:16]}"
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        if not target.is_dir():
            _install(folder / "requirements.txt", target)
    return target


def _install(requirements: Path, target: Path) -> None:
    making = target.with_name(f"{target.name}.making")
    shutil.rmtree(making, ignore_errors=True)
    options = ["--quiet", "--disable-pip-version-check", "--no-deps", "--only-binary", ":all:", "--target", str(making)]
    command = [sys.executable, "-m", "pip", "install", *options, "-r", str(requirements)]
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=INSTALL_WITHIN)
    except (OSError, subprocess.SubprocessError) as failure:
        said = getattr(failure, "stderr", None) or b""
        raise Unobtainable(f"pip cannot install {requirements}: {said.decode()[-300:] or failure}") from failure
    making.rename(target)
