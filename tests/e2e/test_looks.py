"""What a page is when one looks at it: for everybody, in both themes, on a telephone, and soon."""

import gzip
from typing import Any, Final

import httpx2
import pytest
from litestar.types import ASGIApp

from tests.e2e.places import pages
from tests.e2e.watching import Watched

MOST_REQUESTS, MOST_BYTES = 8, 45_000
RULES: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
TELEPHONE: Final[Any] = {"width": 390, "height": 844}
DESK: Final[Any] = {"width": 1280, "height": 900}
RUN: Final = """async (rules) => {
    const found = await axe.run(document, { runOnly: { type: "tag", values: rules } });
    return found.violations.map((one) => `${one.id} at ${one.nodes.map((node) => node.target.join(" ")).join(" | ")}`);
}"""


@pytest.fixture
def everything(app: ASGIApp, talks: list[str]) -> list[str]:
    """Every page that needs no id, and those that show conversations."""
    return [*pages(app), *talks]


@pytest.mark.parametrize("size", [DESK, TELEPHONE], ids=["desk", "telephone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing_on_any_page(
    scheme: str, size: Any, axe: str, everything: list[str], mine: Any, nobodys: Any
) -> None:
    options = {"color_scheme": scheme, "viewport": size, "bypass_csp": True, "reduced_motion": "reduce"}
    wrong: dict[str, list[str]] = {}
    async with mine(**options) as within, nobodys(**options) as outside:
        for path in [*everything, await _somebodys_page(within)]:
            for window in (within, outside) if path.startswith(("/sign-in", "/closed", "/nowhere")) else (within,):
                await window.show(path)
                await window.page.evaluate(axe)
                if found := await window.page.evaluate(RUN, RULES):
                    wrong[path] = found
    print(f"axe: {len(wrong)} of {len(everything)} pages, {scheme}, {size['width']} px wide")
    assert wrong == {}


async def _somebodys_page(window: Watched) -> str:
    """The page of a person, for who administers."""
    await window.show("/admin/people")
    found = await window.page.locator("#people a").first.get_attribute("href")
    assert found is not None
    return found


async def test_axe_notices_what_is_wrong(axe: str, mine: Any) -> None:
    async with mine(bypass_csp=True) as window:
        await window.show("/preferences")
        await window.page.evaluate("for (const label of document.querySelectorAll('label')) label.remove()")
        await window.page.evaluate(axe)
        assert any(one.startswith("label at") for one in await window.page.evaluate(RUN, RULES))


@pytest.mark.parametrize("size", [TELEPHONE, {"width": 320, "height": 568}])
async def test_no_page_is_wider_than_the_window(size: Any, everything: list[str], mine: Any) -> None:
    wide = {}
    async with mine(viewport=size) as window:
        for path in everything:
            await window.show(path)
            wider = await window.page.evaluate("document.documentElement.scrollWidth - innerWidth")
            if wider > 0:
                wide[path] = wider
    assert wide == {}


async def test_the_theme_is_right_before_anything_is_drawn(mine: Any, app: ASGIApp) -> None:
    """The server writes it down; nothing has to be corrected after the first paint."""
    colours = "[getComputedStyle(document.documentElement).backgroundColor, document.documentElement.dataset.theme]"
    async with mine(color_scheme="light") as window:
        await window.go("/preferences")
        light = await window.page.evaluate(colours)
        await window.page.get_by_text("Dark", exact=True).click()
        await window.page.get_by_role("button", name="Save").click()
        await window.page.wait_for_load_state("networkidle")
        await window.page.add_init_script(
            f"new MutationObserver(() => {{ if (document.body) (window.__seen ??= new Set()).add({colours}.join()); }})"
            ".observe(document, { childList: true, subtree: true, attributes: true })"
        )
        await window.go("/account")
        dark = await window.page.evaluate(colours)
        seen = await window.page.evaluate("[...window.__seen]")
        await window.go("/preferences")
        await window.page.get_by_text("As the system", exact=True).click()
        await window.page.get_by_role("button", name="Save").click()
        await window.page.wait_for_load_state("networkidle")
    assert (light[1], dark[1]) == ("system", "dark")
    assert light[0] != dark[0]
    assert {one.rsplit(",", 1)[1] for one in seen} == {"dark"}


async def test_the_first_page_is_small(mine: Any, nobodys: Any) -> None:
    for opened, path in ((mine(), "/"), (nobodys(), "/sign-in")):
        async with opened as window:
            await window.go(path)
            asked = [url for url in window.requests if url.startswith("http")]
            code = [url for url in asked if url.endswith((".css", ".js"))]
        packed = sum(len(gzip.compress(httpx2.get(url).content)) for url in code)
        print(f"{path}: {len(asked)} requests, {packed} bytes of CSS and JS")
        assert len(asked) <= MOST_REQUESTS
        assert packed <= MOST_BYTES
        assert len(code) >= 2
