"""Moving here from elsewhere, in a real browser: a file is given, read while one looks, and what it held is there."""

import io
import json
import zipfile
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.bench.house import House
from tests.chat.moving.bringing import many
from tests.chat.moving.exported import Json, chatgpt, node
from tests.e2e.conftest import Visit
from tests.starting import owned

BRANCHES: Json = {
    "q": node("root", "user", "What goes with anchovies?"),
    "a": node("q", "assistant", "**Puttanesca**, and:\n\n- capers\n- olives"),
    "b": node("q", "assistant", "A pizza."),
}


def exported(talks: int, messages: int) -> bytes:
    """A file as ChatGPT gives it, with one that cannot be read."""
    supper = chatgpt(BRANCHES, conversation_id="supper", title="Supper", current_node="a")
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        listed = [supper, {"title": "Odd", "mapping": {}}, *many(talks, messages)]
        archive.writestr("conversations.json", json.dumps(listed))
    return out.getvalue()


def file(content: bytes, name: str = "chatgpt-export.zip") -> Any:
    return {"name": name, "mimeType": "application/zip", "buffer": content}


@pytest.fixture
def window(visit: Visit, fresh: House) -> Any:
    """Windows at a server where nobody has said anything yet."""
    owned(fresh)

    def opened(**options: Any) -> Any:
        return visit(f"http://127.0.0.1:{fresh.port}", fresh.cookie, **options)

    return opened


async def _bring(page: Page, content: bytes) -> None:
    await page.get_by_label("The file that you were given there").set_input_files(file(content))
    await page.get_by_role("button", name="Bring it along").click()


async def test_from_the_empty_page_to_a_conversation_that_was_held_elsewhere(window: Any) -> None:
    async with window() as here:
        page = here.page
        await here.go("/")
        await page.locator(".contents").get_by_role("link", name="Move here").click()
        await _bring(page, exported(120, 20))
        await expect(page.get_by_role("progressbar")).to_be_visible()
        await expect(page.get_by_text("It is done.")).to_be_visible()
        await expect(page.get_by_text("There is nothing in it that was said.")).to_be_visible()
        await page.locator("main").get_by_role("link", name="Supper").click()
        await expect(page.locator(".reply")).to_contain_text("Puttanesca")
        await expect(page.locator(".reply .versions")).to_contain_text("1/2")
        await expect(page.get_by_text("from ChatGPT")).to_be_visible()
        await here.note()
        assert (here.errors, here.blocked, here.foreign) == ([], [], [])


async def test_what_is_no_export_is_told_beside_the_box_and_the_next_one_is_taken(window: Any) -> None:
    async with window(viewport={"width": 390, "height": 844}) as here:
        page = here.page
        await here.go("/c/import")
        await _bring(page, b"Dear diary")
        await expect(page.locator("#field-file-error")).to_contain_text("Nothing in this file is a conversation")
        await _bring(page, exported(1, 2))
        await expect(page.get_by_text("It is done.")).to_be_visible()
        wide = await page.evaluate("document.documentElement.scrollWidth")
        assert wide <= 390


async def test_without_scripts_a_file_is_given_and_looked_after_by_hand(window: Any) -> None:
    async with window(java_script_enabled=False) as here:
        page = here.page
        await page.goto("/c/import")
        await _bring(page, exported(1, 2))
        while await page.get_by_role("link", name="Look again").count():
            await page.get_by_role("link", name="Look again").click()
        await expect(page.get_by_text("It is done.")).to_be_visible()
        assert await page.locator("main").get_by_role("link", name="Talk 0").count() == 1


async def test_a_conversation_is_taken_along_from_its_menu(window: Any) -> None:
    async with window() as here:
        page = here.page
        await here.go("/c/import")
        await _bring(page, exported(1, 2))
        await page.locator("main").get_by_role("link", name="Supper").click()
        await page.get_by_role("button", name="This conversation").click()
        async with page.expect_download() as coming:
            await page.get_by_role("link", name="Download as Markdown").click()
        download = await coming.value
        assert download.suggested_filename == "Supper.md"
