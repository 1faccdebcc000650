"""A11: whatever a file is called, its name ends no header and names no folder."""

import re

import pytest

from app.web.attachments import disposition, headers

HOSTILE = [
    'a"; filename="b.exe',
    "a\r\nset-cookie: x=1",
    "../../etc/passwd",
    "..\\..\\boot.ini",
    "a\x00b.zip",
    "\u202egpj.exe",
    "/absolute",
    "C:\\x",
    "nul\u2028line",
    "%0d%0a%22",
    "x" * 10_000,
    "",
    "...",
    "\ud800",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_a11_a_hostile_name_stays_a_name(name: str) -> None:
    value = disposition(name)
    assert re.fullmatch(
        r"""attachment; filename="[^"\\/:\x00-\x1f\x7f-\U0010ffff]+"; filename\*=UTF-8''[\w.%~-]+""", value
    )
    assert len(value) < 2500


@pytest.mark.parametrize(("name", "plain"), [("Zoë's.zip", "Zoe's.zip"), ("日本.zip", "file.zip"), ("报告", "file")])
def test_a_name_that_is_not_ascii_is_told_both_ways(name: str, plain: str) -> None:
    value = disposition(name)
    assert f'filename="{plain}"' in value
    assert "filename*=UTF-8''%" in value or "Zo%C3%AB" in value


def test_a30_an_attachment_has_no_power_where_it_is_opened() -> None:
    given = headers("x.html", 7)
    assert given["content-security-policy"].startswith("sandbox")
    assert given["cache-control"] == "no-store"
    assert given["content-length"] == "7"
