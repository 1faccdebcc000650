"""What people do, in a real browser: with scripts, without them, by keyboard alone."""

from typing import Any

from playwright.async_api import Page, expect

from tests.bench.house import House
from tests.e2e.conftest import Visit


async def test_the_link_of_the_console_leads_to_a_page_of_ones_own_and_out_again(fresh: House, visit: Visit) -> None:
    async with visit(f"http://127.0.0.1:{fresh.port}") as window:
        page = window.page
        await window.go(fresh.link)
        await page.get_by_role("button", name="Sign in").click()
        await page.get_by_label("What shall we call you?").fill("Ada")
        await page.get_by_role("button", name="Begin").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("What is worth keeping today?")
        await expect(page.locator(".person-name")).to_have_text("Ada")
        await page.get_by_role("button", name="Ada").click()
        await page.locator("#person-menu").get_by_role("button", name="Sign out").click()
        await expect(page).to_have_url(f"{window.origin}/sign-in")
        await expect(page.locator(".toast")).to_contain_text("You are signed out.")
        await window.rest()
        await page.go_back()  # A33: what one saw is not there any more
        await page.wait_for_load_state("networkidle")
        assert "Ada" not in await page.content()
        assert page.url.startswith(f"{window.origin}/sign-in")
        assert (window.errors, window.blocked, window.foreign) == ([], [], [])


async def test_everything_works_without_scripts(fresh: House, visit: Visit) -> None:
    async with visit(f"http://127.0.0.1:{fresh.port}", java_script_enabled=False) as window:
        page = window.page
        await page.goto(fresh.link)
        await page.get_by_role("button", name="Sign in").click()
        await page.get_by_label("What shall we call you?").fill("Grace")
        await page.get_by_role("button", name="Begin").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("What is worth keeping today?")
        await page.goto("/preferences")
        await page.get_by_text("Dark", exact=True).click()
        await page.get_by_label("Language").select_option("de")
        await page.get_by_role("button", name="Save").click()
        await expect(page.locator("html")).to_have_attribute("data-theme", "dark")
        await expect(page.locator("html")).to_have_attribute("lang", "de")
        await expect(page.locator(".toast")).to_contain_text("Gespeichert")
        await page.goto("/account/tokens")
        await page.get_by_label("Name").fill("backup")
        await page.locator("form.stack button.primary").click()
        await expect(page.locator(".notice.done")).to_be_visible()
        await page.get_by_role("button", name="Grace").click()
        await page.locator("#person-menu button[type=submit]").click()
        await expect(page).to_have_url(f"{window.origin}/sign-in")


async def test_everything_works_by_keyboard_alone(fresh: House, visit: Visit) -> None:
    async with visit(f"http://127.0.0.1:{fresh.port}") as window:
        page = window.page
        await window.go(fresh.link)
        await _press(page, "Sign in")
        await page.wait_for_url("**/welcome")
        await _press(page, "Skip this")
        await page.wait_for_url(f"{window.origin}/")
        await page.keyboard.press("Control+k")
        await page.keyboard.type("pref")
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/preferences")
        await _reach(page, "As the system")
        await page.keyboard.press("ArrowDown")
        await page.keyboard.press("ArrowDown")
        await _press(page, "Save")
        await expect(page.locator(".toast")).to_contain_text("Saved.")
        await expect(page.locator("html")).to_have_attribute("data-theme", "dark")
        await page.locator("body").press("?")
        await expect(page.locator("#keys")).to_be_visible()
        await page.keyboard.press("Escape")
        await expect(page.locator("#keys")).to_be_hidden()
        await _press(page, await page.locator(".person-name").inner_text())
        await _press(page, "Sign out")
        await page.wait_for_url("**/sign-in")
        assert (window.errors, window.blocked) == ([], [])


async def _reach(page: Page, name: str) -> None:
    """Go on by Tab until this has the focus, and shows it."""
    for _ in range(80):
        found: str = await page.evaluate(
            """() => {
                const one = document.activeElement;
                return one?.labels?.[0]?.textContent ?? one?.textContent ?? "";
            }"""
        )
        if name in found and len(found) < 200:
            assert await page.evaluate("document.activeElement.matches(':focus-visible')"), f"{name} hides its focus"
            return
        await page.keyboard.press("Tab")
    raise AssertionError(f"Tab never reaches {name}")


async def _press(page: Page, name: str) -> None:
    await _reach(page, name)
    await page.keyboard.press("Enter")


async def test_the_palette_finds_places(mine: Any) -> None:
    async with mine() as window:
        page = window.page
        await window.go("/")
        await page.keyboard.press("Control+k")
        await expect(page.locator("#palette")).to_be_visible()
        await page.keyboard.type("nothing like this")
        await expect(page.locator("#palette [role=status]")).to_have_text("Nothing by that name.")
        await page.keyboard.press("Escape")
        await expect(page.locator("#palette")).to_be_hidden()
        await page.get_by_role("link", name="Search or jump to").click()
        await page.locator("#palette input").fill("account")
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/account")
        assert (window.errors, window.blocked) == ([], [])


async def test_the_help_sheet_opens_and_is_silent_while_one_types(mine: Any) -> None:
    async with mine() as window:
        page = window.page
        await window.go("/account")
        await page.keyboard.press("?")
        await expect(page.locator("#keys")).to_be_visible()
        await page.keyboard.press("Escape")
        field = page.get_by_label("What shall we call you?")
        await field.press("End")
        await field.press("?")
        await expect(page.locator("#keys")).to_be_hidden()
        assert (await field.input_value()).endswith("?")


async def test_a_form_says_beside_the_field_what_is_wrong_and_keeps_what_was_typed(mine: Any) -> None:
    async with mine() as window:
        page = window.page
        await window.go("/preferences")
        await page.get_by_label("Time zone").fill("Nowhere/Atlantis")
        await page.get_by_role("button", name="Save").click()
        await expect(page.get_by_label("Time zone")).to_have_value("Nowhere/Atlantis")
        await expect(page.get_by_label("Time zone")).to_have_attribute("aria-invalid", "true")
        assert (window.errors, window.blocked) == ([], [])
