import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from app.core.settings import described
from app.database.registry import tables
from app.guides.service import FOLDER, ORDER, guides


@pytest.fixture(scope="module")
def machine() -> Iterator[dict[str, str]]:
    """A machine on which Commonplace was just set up, as the environment of a shell on it."""
    with tempfile.TemporaryDirectory(prefix="commonplace-guide-") as home:
        Path(home).chmod(0o755)
        here = {name: value for name, value in os.environ.items() if not name.startswith("COMMONPLACE_")}
        here |= {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "HOME": home}
        yield here | {"COMMONPLACE_DATA_DIR": f"{home}/data", "COMMONPLACE_PORT": "8080"}


def blocks(name: str) -> list[str]:
    return re.findall(r"^```sh\n(.+?)\n```$", (FOLDER / f"{name}.md").read_text(), re.DOTALL | re.MULTILINE)


def test_every_guide_has_its_place_in_the_order() -> None:
    assert {file.stem for file in FOLDER.glob("*.md")} == set(ORDER)


@pytest.mark.parametrize("name", [name for name in ORDER if blocks(name)])
def test_the_commands_of_a_guide_work(name: str, machine: dict[str, str]) -> None:
    for block in blocks(name):
        run = subprocess.run(
            ["bash", "-euc", block], env=machine, cwd=machine["HOME"], capture_output=True, text=True, check=False
        )
        assert run.returncode == 0, f"{block}\n{run.stdout}{run.stderr}"


async def test_anybody_can_read_the_guides(client: httpx2.AsyncClient) -> None:
    page = await client.get("/help")
    assert page.status_code == 200
    assert all(f"/help/{guide.name}" in page.text for guide in guides())


@pytest.mark.parametrize("name", ORDER)
async def test_a_guide_is_a_page(name: str, client: httpx2.AsyncClient) -> None:
    assert (await client.get(f"/help/{name}")).status_code == 200


async def test_the_guide_to_the_settings_names_every_one(client: httpx2.AsyncClient) -> None:
    page = (await client.get("/help/settings")).text
    assert [line.name for line in described() if line.name not in page] == []


async def test_the_guide_to_the_schema_is_drawn_from_the_tables(client: httpx2.AsyncClient) -> None:
    page = (await client.get("/help/schema")).text
    names = [
        name
        for table in tables()
        for name in (table._meta.tablename, *(c._meta.db_column_name for c in table._meta.columns))  # noqa: SLF001 - Piccolo's way to ask
    ]
    assert [name for name in names if name not in page] == []


async def test_a_guide_that_does_not_exist_is_not_found(client: httpx2.AsyncClient) -> None:
    assert (await client.get("/help/nonsense")).status_code == 404


@pytest.mark.parametrize("name", ORDER)
def test_the_guides_link_only_to_what_exists(name: str) -> None:
    linked = re.findall(r"\]\((/help/[\w-]+)", (FOLDER / f"{name}.md").read_text())
    assert {path.removeprefix("/help/") for path in linked} <= set(ORDER)
