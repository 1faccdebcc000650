"""The edge in front of the real app: whatever arrives, an answer of ours goes out."""

import httpx2
import pytest

FORM = {"content-type": "application/x-www-form-urlencoded"}
JSON = {"content-type": "application/json"}
POLICIES = {"content-security-policy", "x-content-type-options", "referrer-policy", "x-request-id"}


@pytest.mark.parametrize(
    ("sent", "headers", "expected"),
    [
        (b"name=%00", FORM, 400),
        (b"name=%ff", FORM, 400),
        (b"a=1&" * 200_000, FORM, 413),
        (b'{"name": "\xff"}', JSON, 400),
        (rb'{"name": "\u0000"}', JSON, 400),
        (rb'{"name": "\ud83d"}', JSON, 400),
        (b"[" * 100_000, JSON, 400),
        (b"x" * 1_100_000, JSON, 413),
    ],
    ids=["form nul", "form bytes", "form fields", "json bytes", "json nul", "half character", "deep", "large"],
)
async def test_b13_what_no_page_could_read_is_refused_with_all_headers(
    client: httpx2.AsyncClient, sent: bytes, headers: dict[str, str], expected: int
) -> None:
    answer = await client.post("/preferences", content=sent, headers=headers)
    assert answer.status_code == expected
    assert set(answer.headers) >= POLICIES
    assert "set-cookie" not in answer.headers


async def test_a8_a_foreign_host_name_is_refused_with_all_headers(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/", headers={"host": "evil.example"})
    assert answer.status_code == 400
    assert set(answer.headers) >= POLICIES


async def test_a_page_can_be_asked_for_its_head(client: httpx2.AsyncClient) -> None:
    answer = await client.head("/sign-in")
    assert (answer.status_code, answer.content) == (200, b"")


async def test_static_files_come_without_a_cookie(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/static/css/app.css")
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers
