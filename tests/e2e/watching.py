"""A window whose every step is watched: what it fetched, what was blocked, what ran that should not."""

from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

from playwright.async_api import BrowserContext, Dialog, Page, Request

LISTEN: Final = """
    window.__violations = [];
    document.addEventListener("securitypolicyviolation", (event) =>
        window.__violations.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
"""


@dataclass
class Watched:
    """One window."""

    page: Page
    origin: str
    requests: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    blocked: list[str] = field(default_factory=list)

    @property
    def foreign(self) -> list[str]:
        """What was asked of anybody else."""
        own = urlsplit(self.origin).netloc
        return [url for url in self.requests if urlsplit(url).scheme in ("http", "https") and _netloc(url) != own]

    @property
    def lured(self) -> list[str]:
        """What was asked of us because a text said so."""
        return [url for url in self.requests if "__canary" in url]

    async def go(self, path: str) -> str:
        """Open the page and let it come to rest; its address in the end."""
        await self.page.goto(path, wait_until="load")
        await self.rest()
        return self.page.url

    async def show(self, path: str) -> int:
        """Open the page, without waiting for what it may still fetch; its status."""
        answer = await self.page.goto(path, wait_until="load")
        return answer.status if answer else 0

    async def rest(self) -> None:
        """Note what was blocked, before the next page forgets it."""
        await self.page.wait_for_load_state("networkidle")
        await self.note()

    async def note(self) -> None:
        """Keep what was blocked so far."""
        found: list[str] = await self.page.evaluate("window.__violations?.splice(0) ?? []")
        self.blocked += [f"{urlsplit(self.page.url).path}: {each}" for each in found]

    async def pwned(self) -> bool:
        """Whether anything of somebody else's ran."""
        return bool(await self.page.evaluate("Boolean(window.__pwn)"))


def _netloc(url: str) -> str:
    return urlsplit(url).netloc


async def watched(context: BrowserContext, origin: str) -> Watched:
    """A new window in this context."""
    page = await context.new_page()
    seen = Watched(page, origin)
    await page.add_init_script(LISTEN)

    def on_request(request: Request) -> None:
        seen.requests.append(request.url)

    async def on_dialog(dialog: Dialog) -> None:
        seen.dialogs.append(dialog.message)
        await dialog.dismiss()

    def on_error(error: Any) -> None:
        seen.errors.append(str(error))

    page.on("request", on_request)
    page.on("dialog", on_dialog)
    page.on("pageerror", on_error)
    return seen
