"""A device that is told: the worker of the browser shows what arrives, and the page explains itself."""

import json
from typing import Any

from playwright.async_api import Page, expect

from tests.e2e.conftest import PATIENCE_MS

NEWS = {"title": "A reply is there", "body": "About bees", "href": "/help"}
# What the page's own script does before it asks the push service, which stands in no test.
REGISTER = """async () => {
  const policy = trustedTypes.createPolicy("worker", { createScriptURL: () => "/sw.js" });
  const registration = await navigator.serviceWorker.register(policy.createScriptURL(""));
  await navigator.serviceWorker.ready;
  return registration.scope;
}"""
SHOWN = """async () => {
  const registration = await navigator.serviceWorker.ready;
  const found = await registration.getNotifications();
  return found.map(({ title, body, tag, data }) => ({ title, body, tag, data }));
}"""


async def delivered(page: Page, message: dict[str, str]) -> None:
    """What the push service of the browser would hand over."""
    devtools = await page.context.new_cdp_session(page)
    ids: list[str] = []
    devtools.on("ServiceWorker.workerRegistrationUpdated", lambda event: ids.extend(_ids(event)))
    await devtools.send("ServiceWorker.enable")
    for _ in range(PATIENCE_MS // 100):
        if ids:
            break
        await page.wait_for_timeout(100)
    origin = await page.evaluate("location.origin")
    await devtools.send(
        "ServiceWorker.deliverPushMessage",
        {"origin": origin, "registrationId": ids[0], "data": json.dumps(message)},
    )


def _ids(event: dict[str, Any]) -> list[str]:
    return [each["registrationId"] for each in event["registrations"]]


async def told(page: Page, message: dict[str, str]) -> list[dict[str, str]]:
    """What is shown once the message has come; a worker that was still asleep is told again, as push services do."""
    found: list[dict[str, str]] = []
    for patience in range(PATIENCE_MS // 100):
        if patience % 50 == 0:
            await delivered(page, message)
        found = await page.evaluate(SHOWN)
        if found:
            break
        await page.wait_for_timeout(100)
    return found


async def test_what_is_pushed_is_shown_and_a_second_word_about_the_same_takes_its_place(mine: Any) -> None:
    async with mine(permissions=["notifications"]) as here:
        await here.go("/preferences")
        scope = await here.page.evaluate(REGISTER)
        assert await told(here.page, NEWS) == [
            {"title": "A reply is there", "body": "About bees", "tag": "/help", "data": "/help"}
        ]
        assert (len(await told(here.page, NEWS)), scope) == (1, here.page.url.removesuffix("preferences"))
        assert (here.errors, here.blocked, here.foreign) == ([], [], [])


async def test_a_browser_that_may_show_nothing_is_told_how_to_change_that(mine: Any) -> None:
    async with mine() as here:
        await here.page.add_init_script("Object.defineProperty(Notification, 'permission', { get: () => 'denied' })")
        await here.go("/preferences/push")
        await expect(here.page.get_by_text("This browser was told not to show anything from here.")).to_be_visible()
        await expect(here.page.get_by_role("button", name="Tell me on this device")).to_be_hidden()


async def test_a_browser_that_can_be_asked_is_offered_to_be_told(mine: Any) -> None:
    async with mine() as here:
        await here.page.add_init_script("Object.defineProperty(Notification, 'permission', { get: () => 'default' })")
        await here.go("/preferences/push")
        await expect(here.page.get_by_role("button", name="Tell me on this device")).to_be_visible()
        assert (here.errors, here.blocked, here.foreign) == ([], [], [])


async def test_without_scripts_the_page_says_why_no_device_can_be_told(mine: Any) -> None:
    async with mine(java_script_enabled=False) as here:
        await here.page.goto("/preferences/push")
        await expect(here.page.locator("noscript p")).to_be_visible()
        await expect(here.page.get_by_role("button", name="Tell me on this device")).to_be_hidden()
