"""What Markdown becomes, in a real browser: it is drawn, everybody can read it, nothing in it runs or is fetched."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.async_api import Browser, Route

from app.markup.growing import tail_html
from app.markup.render import rendered
from tests.e2e.test_looks import RULES, RUN
from tests.e2e.watching import Watched, watched
from tests.markup.documents import ANSWER
from tests.markup.hostile import HOSTILE
from tests.markup.tex import FORMULAS

STATIC: Final = Path(__file__).parents[2] / "static"
ORIGIN: Final = "http://127.0.0.1:1"
SIZES: Final = """[...document.querySelectorAll("math")].map((one) => {
    const box = one.getBoundingClientRect();
    return [box.width, box.height];
})"""
REST: Final = """
# Heading

- [ ] to do
- [x] done

![a chart](https://example.org/x.png) [good.example](https://evil.example) ~~gone~~

```diff
@@ 1 @@
-a
+b
```

```json
{"a": [1, null]} // c
```

A note.[^1]

[^1]: And what it says.
"""


def _page(body: str) -> str:
    names = json.loads((STATIC / "bundles.json").read_text())["css/app.css"]
    style = "".join((STATIC / name).read_text() for name in names)
    return (
        f'<!doctype html><html lang="en"><title>x</title><style>{style}</style><main class="prose text">{body}</main>'
    )


@asynccontextmanager
async def _shown(chromium: Browser, body: str, **options: Any) -> AsyncIterator[Watched]:
    """A page that holds this, on a host of which nothing else can be had."""

    async def answer(route: Route) -> None:
        found = route.request.url == f"{ORIGIN}/"
        await route.fulfill(status=200 if found else 404, body=_page(body) if found else "", content_type="text/html")

    context = await chromium.new_context(**options)
    await context.route("**/*", answer)
    window = await watched(context, ORIGIN)
    await window.go(f"{ORIGIN}/")
    yield window
    await context.close()


async def test_a6_a7_nothing_that_is_hostile_runs_or_is_fetched(chromium: Browser) -> None:
    """Without any policy of the page: what was drawn must be harmless by itself."""
    body = "".join(f"{rendered(text, f'm{number}')}{tail_html(text)}" for number, text in enumerate(HOSTILE))
    async with _shown(chromium, body) as window:
        await window.page.evaluate("for (const one of document.querySelectorAll('main *')) one.focus?.()")
        await window.rest()
        asked = [url for url in window.requests if url != f"{ORIGIN}/"]
        print(f"A6, A7: {len(HOSTILE)} payloads in a browser: {len(window.dialogs)} dialogs, {len(asked)} requests")
        assert not await window.pwned()
        assert window.dialogs == window.errors == asked == []


async def test_every_formula_is_drawn(chromium: Browser) -> None:
    async with _shown(chromium, "".join(rendered(f"$$ {tex} $$") for tex in FORMULAS)) as window:
        sizes = await window.page.evaluate(SIZES)
    print(f"{len(sizes)} formulas in Chromium, the tallest {max(height for _, height in sizes):.0f} px")
    assert len(sizes) == len(FORMULAS)
    assert all(width > 0 and height > 0 for width, height in sizes)


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing_in_what_is_drawn(scheme: Any, axe: str, chromium: Browser) -> None:
    body = rendered(ANSWER + REST) + tail_html(ANSWER[:700])
    async with _shown(chromium, body, color_scheme=scheme) as window:
        await window.page.evaluate(axe)
        assert await window.page.evaluate(RUN, RULES) == []
