import asyncio
import re

import httpx2
import pytest

from app.core.errors import Rejected
from app.database.engine import db
from app.preferences import service
from tests.cast import Player, csrf, sign_in

FORM = {"theme": "system", "language": "", "timezone": "UTC", "notifications": "on", "shortcuts_on": "on"}


@pytest.fixture
async def browser(client: httpx2.AsyncClient, alice: Player) -> httpx2.AsyncClient:
    """Alice's browser."""
    await sign_in(client, alice)
    return client


async def save(browser: httpx2.AsyncClient, **fields: str) -> httpx2.Response:
    return await browser.post("/preferences", data={**FORM, **fields, "_csrf": await csrf(browser)})


async def test_who_chose_nothing_has_the_usual(alice: Player) -> None:
    assert await service.of(alice.id) == service.USUAL


async def test_one_change_leaves_the_rest(alice: Player) -> None:
    await service.change(alice.id, theme="dark", timezone="Europe/Berlin")
    await service.change(alice.id, language="de")
    kept = await service.of(alice.id)
    assert (kept.theme, kept.timezone, kept.language) == ("dark", "Europe/Berlin", "de")


async def test_b21_fifty_first_changes_at_once_make_one_row(alice: Player) -> None:
    await asyncio.gather(*(service.change(alice.id, theme="dark") for _ in range(50)))
    assert await db.fetch_value("select count(*) from user_preferences where user_id = $1", alice.id) == 1


async def test_alices_choice_is_not_bobs(alice: Player, bob: Player) -> None:
    await service.change(alice.id, theme="dark")
    assert (await service.of(bob.id)).theme == "system"


@pytest.mark.parametrize(
    ("field", "value"),
    [("theme", "neon"), ("language", "xx"), ("timezone", "Mars/Olympus"), ("shortcuts", {"search": "x", "help": "x"})],
)
async def test_what_does_not_exist_cannot_be_chosen(field: str, value: object, alice: Player) -> None:
    with pytest.raises(Rejected) as refused:
        await service.change(alice.id, **{field: value})
    assert set(refused.value.fields) == {field}
    assert await service.of(alice.id) == service.USUAL


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_the_theme_holds_from_the_next_page_on(theme: str, browser: httpx2.AsyncClient) -> None:
    answer = await save(browser, theme=theme)
    assert answer.status_code == 303
    assert f'data-theme="{theme}"' in (await browser.get("/")).text


async def test_the_language_holds_from_the_next_page_on(browser: httpx2.AsyncClient) -> None:
    await save(browser, language="de")
    assert '<html lang="de"' in (await browser.get("/")).text


async def test_what_was_saved_is_said_once(browser: httpx2.AsyncClient) -> None:
    await save(browser, theme="dark")
    assert "Saved." in (await browser.get("/preferences")).text
    assert "Saved." not in (await browser.get("/preferences")).text


async def test_a_wrong_zone_is_told_beside_the_field_and_kept(browser: httpx2.AsyncClient) -> None:
    answer = await save(browser, timezone="Mars/Olympus", theme="dark")
    assert answer.status_code == 400
    assert re.search(r'name="timezone"[^>]*value="Mars/Olympus"[^>]*aria-invalid="true"', answer.text)
    assert "There is no such time zone." in answer.text
    assert re.search(r'value="dark" checked', answer.text)
    assert 'data-theme="system"' in (await browser.get("/")).text


async def test_a_zone_that_is_far_too_long_is_told_beside_the_field(browser: httpx2.AsyncClient) -> None:
    answer = await save(browser, timezone="x" * 5000)
    assert answer.status_code == 400
    assert "This is too long." in answer.text
    assert re.search(r'name="timezone"[^>]*value="x{5000}"[^>]*aria-invalid="true"', answer.text)


async def test_two_actions_on_one_key_are_refused_with_what_was_typed(browser: httpx2.AsyncClient) -> None:
    answer = await save(browser, **{"key-search": "mod+j", "key-help": "mod+j"})
    assert answer.status_code == 400
    assert "Two actions cannot share a shortcut." in answer.text
    assert answer.text.count('value="mod+j"') == 2


async def test_an_own_key_may_not_be_one_that_another_action_has_by_default(browser: httpx2.AsyncClient) -> None:
    answer = await save(browser, **{"key-search": "?"})
    assert answer.status_code == 400


async def test_an_own_key_is_on_the_next_page(browser: httpx2.AsyncClient) -> None:
    await save(browser, **{"key-search": "mod+j"})
    assert "mod+j" in (await browser.get("/")).text


async def test_shortcuts_can_be_switched_off(browser: httpx2.AsyncClient) -> None:
    form = {**FORM, "_csrf": await csrf(browser)}
    del form["shortcuts_on"]
    await browser.post("/preferences", data=form)
    assert "data-shortcuts='{}'" in (await browser.get("/")).text


async def test_a25_a_form_changes_only_what_it_may(browser: httpx2.AsyncClient, alice: Player, bob: Player) -> None:
    await save(browser, theme="dark", user_id=str(bob.id), memory_enabled="no", role="ADMIN", id=str(bob.id))
    assert await service.of(bob.id) == service.USUAL
    assert (await service.of(alice.id)).memory_enabled


async def test_programs_change_a_part_and_see_the_whole(browser: httpx2.AsyncClient) -> None:
    token = await csrf(browser)
    answer = await browser.patch("/api/preferences", json={"theme": "dark"}, headers={"x-csrf-token": token})
    assert (answer.status_code, answer.json()["theme"]) == (200, "dark")
    assert (await browser.get("/api/preferences")).json()["timezone"] == "UTC"


async def test_a_program_hears_which_field_is_wrong(browser: httpx2.AsyncClient) -> None:
    token = await csrf(browser)
    answer = await browser.patch("/api/preferences", json={"timezone": "Mars"}, headers={"x-csrf-token": token})
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert set(answer.json()["errors"]) == {"timezone"}
