from collections.abc import Awaitable, Callable

import httpx2

from tests.cast import Player


async def test_a_stranger_is_asked_to_sign_in_and_led_back(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/sign-in?next=/"


async def test_who_is_signed_in_sees_the_start_page(
    client: httpx2.AsyncClient, alice: Player, sign_in: Callable[..., Awaitable[str]]
) -> None:
    await sign_in(client, alice)
    answer = await client.get("/")
    assert answer.status_code == 200
    assert "Three things to try" in answer.text
