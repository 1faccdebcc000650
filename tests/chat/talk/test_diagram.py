"""The sheet on which diagrams are drawn: the one page of ours that a page of ours may frame."""

import httpx2

from app.web.assets import asset
from tests.chat.talking import begun

SHEET = "/frames/diagram"


async def test_a22_the_sheet_has_no_origin_and_reaches_nobody(client: httpx2.AsyncClient) -> None:
    answer = await client.get(SHEET)
    policy = dict(each.strip().split(" ", 1) for each in answer.headers["content-security-policy"].split(";"))
    assert (policy["default-src"], policy["connect-src"], policy["sandbox"]) == ("'none'", "'none'", "allow-scripts")
    assert (policy["frame-ancestors"], answer.headers["x-frame-options"]) == ("'self'", "SAMEORIGIN")
    assert policy["script-src"].startswith("'nonce-")
    assert "unsafe-eval" not in answer.headers["content-security-policy"]


async def test_a22_no_other_page_lets_itself_be_framed(alices: httpx2.AsyncClient) -> None:
    talk = await begun(alices)
    for path in (talk.path, "/", "/c", "/account", "/help", f"{talk.path}/find", "/nowhere"):
        headers = (await alices.get(path)).headers
        assert "frame-ancestors 'none'" in headers["content-security-policy"], path
        assert headers["x-frame-options"] == "DENY", path


async def test_a_page_carries_nothing_of_what_draws(alices: httpx2.AsyncClient) -> None:
    talk = await begun(alices, "```mermaid\nflowchart LR\n```")
    page = (await alices.get(talk.path)).text
    assert ("<iframe" in page, "diagram.js" in page) == (False, False)


async def test_only_what_the_sheet_needs_may_be_fetched_without_an_origin(client: httpx2.AsyncClient) -> None:
    drawing = await client.get(asset("frames/diagram.js"))
    assert drawing.headers["cross-origin-resource-policy"] == "cross-origin"
    for name in ("js/app.js", "css/app.css"):
        assert (await client.get(asset(name))).headers["cross-origin-resource-policy"] == "same-origin"
