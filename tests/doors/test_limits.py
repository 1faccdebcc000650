"""A21: how often is too often is counted for whoever really knocks."""

import pytest
from litestar.types import ASGIApp

from app.database.address import Address
from tests.cast import Player
from tests.doors import trying

KNOCKS = 200


@pytest.mark.parametrize("header", ["x-forwarded-for", "forwarded", "x-real-ip", "x-forwarded-host"])
async def test_a21_another_address_in_a_header_is_no_other_knock(header: str, app: ASGIApp, database: Address) -> None:
    async with trying.browser(app) as nobody:
        found = [
            (await nobody.post("/sign-in/nobody", headers={header: f"10.1.{number // 256}.{number % 256}"}))
            for number in range(KNOCKS)
        ]
    refused = [answer for answer in found if answer.status_code == 429]
    print(f"A21: {len(refused)} of {KNOCKS} knocks with another {header} each were refused")
    assert len(refused) >= KNOCKS - 2 * 30  # a window may have ended meanwhile
    assert all(int(answer.headers["retry-after"]) > 0 for answer in refused)


@pytest.mark.parametrize("path", ["/account/tokens", "/account/data/archives"])
async def test_a21_a_limit_of_one_person_is_not_that_of_another(
    path: str, app: ASGIApp, alice: Player, charlie: Player
) -> None:
    form = {"name": "many", "scopes": "read", "days": "90"}
    async with trying.browser(app, alice) as hers, trying.browser(app, charlie) as his:
        statuses = [(await hers.post(path, data=form)).status_code for _ in range(25)]
        assert statuses[-1] == 429
        assert (await his.post(path, data=form)).status_code < 400
