"""The pages of models in a browser with JavaScript."""

from typing import Any

from tests.ai.upstream import listing, scripted, status

KEY = "sk-typed-once-0123456789"


async def test_a_trial_tells_the_outcome_and_keeps_the_key_in_its_field(mine: Any) -> None:
    async with scripted(models=listing("gpt-4o")) as upstream, mine() as window:
        page = window.page
        await window.go("/admin/providers")
        for name, typed in {"name": "Cellar", "base_url": upstream.endpoint.base_url, "key": KEY}.items():
            await page.locator(f"[name={name}]").fill(typed)
        await page.get_by_role("button", name="Try the connection").click()
        await page.get_by_text("It answers: 1 model.").wait_for()
        assert await page.locator("[name=key]").input_value() == KEY
        upstream.models = status(401)
        await page.get_by_role("button", name="Try the connection").click()
        await page.locator("#field-key-error").wait_for()
        assert await page.locator("[name=name]").input_value() == "Cellar"
        await window.rest()
    assert (window.blocked, window.errors) == ([], [])
    assert upstream.requests[0].headers["authorization"] == f"Bearer {KEY}"


async def test_a_search_and_a_star_change_the_list_in_place(mine: Any) -> None:
    async with scripted(models=listing("gpt-4o", "gpt-4o-mini")) as upstream, mine() as window:
        page = window.page
        await window.go("/admin/providers")
        for name, typed in {"name": "Attic", "base_url": upstream.endpoint.base_url}.items():
            await page.locator(f"[name={name}]").fill(typed)
        await page.get_by_role("button", name="Add", exact=True).click()
        await page.get_by_text("Everybody can choose its models.").wait_for()
        await window.go("/preferences/models")
        await page.get_by_label("Model or provider").fill("mini")
        await page.locator("#models li").nth(1).wait_for(state="detached")
        await page.get_by_role("button", name="gpt-4o-mini is a favourite", pressed=False).click()
        await page.get_by_role("button", name="gpt-4o-mini is a favourite", pressed=True).wait_for()
        assert await page.locator("#models li").count() == 1
        await window.go("/admin/providers")
        await page.get_by_role("button", name="Delete Attic").click()
        await page.get_by_text("its key with it").wait_for()
    assert (window.blocked, window.errors) == ([], [])
