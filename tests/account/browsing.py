"""A browser in the tests: forms sent as its pages would send them, pages read as it would read them."""

from collections.abc import Mapping, Sequence
from typing import Any

import html5lib
import httpx2

from tests import cast

Browser = httpx2.AsyncClient
Form = Mapping[str, str | Sequence[str]]


async def send(client: Browser, path: str, form: Form | None = None, *, page: str = "/preferences") -> httpx2.Response:
    """Press the button of a form."""
    proof = await cast.csrf(client, page)
    return await client.post(path, data={"_csrf": proof, **(form or {})}, headers={"origin": str(client.base_url)})


async def said(client: Browser, response: httpx2.Response) -> str:
    """The page that the answer leads to."""
    assert response.status_code == 303, response.text
    return (await client.get(response.headers["location"])).text


def valid(response: httpx2.Response) -> Any:
    """The page as a tree; raises where it is not valid HTML."""
    return html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(response.text)


def described(page: Any, name: str) -> str:
    """What stands beside a field: all that its label of errors and hints says."""
    field = next(tag for tag in page.iter() if tag.get("name") == name or tag.get("id") == name)
    ids = (field.get("aria-describedby") or "").split()
    return " ".join("".join(tag.itertext()) for tag in page.iter() if tag.get("id") in ids)


def value(page: Any, name: str) -> str:
    """What a field holds."""
    return str(next(tag for tag in page.iter("input") if tag.get("name") == name).get("value"))
