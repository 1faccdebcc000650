"""Files for a message, in a real browser: by the button, pasted and dropped, taken off, refused, and seen."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import FilePayload, Page, expect

from tests.bench.house import House, house, scratch
from tests.chat.attachments import samples
from tests.e2e.conftest import Visit
from tests.provider import Upstream, scripted

SEEING, BLIND = "openai/tokens-6", "openai/tokens-5"
OFFERED = {
    "data": [
        {"id": "tokens-5", "capabilities": {"vision": False}},
        {"id": "tokens-6", "capabilities": {"vision": True}},
    ]
}
NOTES: FilePayload = {"name": "bees.md", "mimeType": "text/markdown", "buffer": b"# Bees\n\nThey sleep."}
PICTURE: FilePayload = {"name": "bee.png", "mimeType": "image/png", "buffer": samples.png(320, 200)}
PROGRAM: FilePayload = {"name": "holiday.png", "mimeType": "image/png", "buffer": b"\x7fELF\x02\x00\x00"}
# A paste or a drop, as the browser would make it of a file on the desk.
BRINGS = """([kind, type, target]) => {
  const carried = new DataTransfer();
  carried.items.add(new File(["a,b\\n1,2"], "table.csv", { type: "text/csv" }));
  const given = { bubbles: true, cancelable: true, [kind]: carried };
  const Kind = kind === "clipboardData" ? ClipboardEvent : DragEvent;
  document.querySelector(target).dispatchEvent(new Kind(type, given));
}"""


@pytest.fixture(scope="module")
async def provider() -> AsyncIterator[Upstream]:
    async with scripted(models=OFFERED) as upstream:
        yield upstream


@pytest.fixture(scope="module")
async def attaching(provider: Upstream) -> AsyncIterator[House]:
    """A server that knows these two models, signed in to."""
    with scratch() as folder:
        given = {"COMMONPLACE_PROFILE": "test", "OPENAI_API_KEY": "sk-test", "OPENAI_BASE_URL": provider.url}
        started = house(folder / "data", **given)
        here = await asyncio.to_thread(started.__enter__)
        await asyncio.to_thread(here.sign_in)
        proof = (await asyncio.to_thread(here.ask, "/welcome"))[2].split('name="_csrf" value="', 1)[1].split('"', 1)[0]
        form = {"content-type": "application/x-www-form-urlencoded"}
        await asyncio.to_thread(here.ask, "/welcome", method="POST", body=f"name=Ada&_csrf={proof}", **form)
        yield here
        await asyncio.to_thread(started.__exit__, None, None, None)


@pytest.fixture
def window(visit: Visit, attaching: House) -> Any:
    def opened(**options: Any) -> Any:
        return visit(f"http://127.0.0.1:{attaching.port}", attaching.cookie, **options)

    return opened


async def _choose(page: Page, *files: FilePayload) -> None:
    await page.locator("#composer [type=file]").set_input_files(list(files))


def _chips(page: Page) -> Any:
    return page.locator("#composer .chip")


async def _say(page: Page, text: str, model: str = SEEING) -> None:
    await page.locator("#composer .row > .model select").select_option(model)
    await page.locator("#composer textarea").fill(text)
    await page.locator("#composer textarea").press("Enter")


async def test_what_is_chosen_pasted_and_dropped_waits_on_the_slip_and_goes_with_the_words(
    window: Any, provider: Upstream
) -> None:
    async with window() as here:
        await here.go("/")
        await _choose(here.page, NOTES, PICTURE)
        await here.page.evaluate(BRINGS, ["clipboardData", "paste", "#composer textarea"])
        await here.page.evaluate(BRINGS, ["dataTransfer", "drop", "main"])
        await expect(_chips(here.page)).to_have_count(4)
        await expect(here.page.locator("#composer .chip:not([aria-busy]) input:checked")).to_have_count(4)
        await _say(here.page, "Look")
        await here.page.wait_for_url("**/c/*-*")
        await expect(here.page.locator(".said .file bdi")).to_have_text(["bees.md", "table.csv", "table.csv"])
        picture = here.page.locator(".said .picture img")
        assert await picture.evaluate("image => [image.complete || image.decode(), image.naturalWidth][1]") == 320
        assert 1.58 < await picture.evaluate("image => image.width / image.height") < 1.62
        await expect(_chips(here.page)).to_have_count(0)
        assert any("They sleep." in str(asked.body) for asked in provider.asked)
        await here.note()
        assert (here.errors, here.blocked, here.foreign) == ([], [], [])


async def test_in_a_conversation_they_go_with_what_is_said_next(window: Any) -> None:
    async with window() as here:
        await here.go("/")
        await _say(here.page, "First")
        await here.page.wait_for_url("**/c/*-*")
        await expect(here.page.locator(".reply")).not_to_have_class("reply growing")
        await _choose(here.page, NOTES)
        await expect(here.page.locator("#composer .chip input:checked")).to_have_count(1)
        await _say(here.page, "And this")
        await expect(here.page.locator(".said").last.locator(".file bdi")).to_have_text("bees.md")
        await expect(_chips(here.page)).to_have_count(0)


async def test_what_is_sent_while_a_file_is_on_its_way_waits_for_it(window: Any) -> None:
    async with window() as here:
        await here.go("/")

        async def late(route: Any) -> None:
            await asyncio.sleep(0.5)
            await route.continue_()

        await here.page.route("**/api/attachments", late)
        await _choose(here.page, NOTES)
        await _say(here.page, "At once")
        await here.page.wait_for_url("**/c/*-*")
        await expect(here.page.locator(".said .file bdi")).to_have_text("bees.md")


async def test_what_is_taken_off_the_slip_is_gone(window: Any) -> None:
    async with window() as here:
        await here.go("/")
        await _choose(here.page, NOTES)
        made = await here.page.locator("#composer .chip input:checked").input_value()
        async with here.page.expect_response("**/api/attachments/*"):
            await here.page.get_by_role("button", name="Remove this file").click()
        await expect(_chips(here.page)).to_have_count(0)
        assert (await here.page.request.get(f"/attachments/{made}")).status == 404


async def test_a_file_that_is_refused_says_why_and_keeps_the_words(window: Any) -> None:
    async with window() as here:
        await here.go("/")
        await here.page.locator("#composer textarea").fill("Not lost")
        await _choose(here.page, PROGRAM)
        await expect(here.page.locator(".chip.wrong[role=alert]")).to_contain_text(
            "This kind of file cannot be read here."
        )
        await expect(here.page.locator("#composer textarea")).to_have_value("Not lost")
        await _say(here.page, "Not lost")
        await here.page.wait_for_url("**/c/*-*")
        await expect(here.page.locator(".said .files")).to_have_count(0)


async def test_that_a_model_sees_no_pictures_is_said_before_it_is_asked(window: Any) -> None:
    async with window() as here:
        await here.go("/")
        model, note = here.page.locator("#composer .row > .model select"), here.page.locator("#composer .blind")
        await model.select_option(BLIND)
        await expect(note).to_be_hidden()
        await _choose(here.page, PICTURE)
        await expect(note).to_be_visible()
        await model.select_option(SEEING)
        await expect(note).to_be_hidden()


async def test_without_scripts_a_file_goes_with_the_form(window: Any) -> None:
    async with window(java_script_enabled=False) as here:
        await here.page.goto("/")
        await here.page.locator("#composer textarea").fill("Read this")
        await _choose(here.page, NOTES, PROGRAM)
        await here.page.get_by_role("button", name="Send").click()
        await expect(here.page.locator("#composer textarea")).to_have_value("Read this")
        await expect(here.page.locator("#composer-why")).to_contain_text("“holiday.png”: This kind of file")
        await expect(_chips(here.page)).to_have_count(1)
        await here.page.get_by_role("button", name="Send").click()
        await expect(here.page.locator(".said .file bdi")).to_have_text("bees.md")
