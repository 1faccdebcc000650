"""What the trail and the queue hold is called by names that people know; the code stands beneath."""

import ast
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from app import asgi
from app.admin.names import ACTIONS, KINDS
from app.audit import service as audit
from app.core.ids import new_id
from app.jobs.queue import later
from tests.cast import Player

APP = Path(asgi.__file__).parent


def recorded() -> Iterator[str]:
    """Every action that the app writes down, as it stands in the code; what is computed comes out as code."""
    for file in APP.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            match node:
                case ast.Call(
                    ast.Attribute(ast.Name("audit"), "record") | ast.Name("record"), [_, ast.Constant(str(code)), *_]
                ):
                    yield code
                case ast.Call(ast.Attribute(ast.Name("audit"), "record") | ast.Name("record")):
                    yield ast.unparse(node)
                case _:
                    pass


def test_every_action_has_a_name() -> None:
    assert set(recorded()) == set(ACTIONS)


def test_every_kind_of_job_has_a_name() -> None:
    assert {kind for work in asgi.WORK for kind in work.JOBS} == set(KINDS)


@pytest.mark.parametrize("path", ["/admin/audit", "/admin/people/{id}"])
async def test_the_trail_is_told_in_words(path: str, office: httpx2.AsyncClient, alice: Player) -> None:
    await audit.record(alice.id, "auth.role_changed", "user", alice.id)
    await audit.record(alice.id, "of.another.version", "user", alice.id)
    text = (await office.get(path.format(id=alice.id))).text
    assert 'Changed a role<br><span class="meta"><code>auth.role_changed</code></span>' in text
    assert '<span class="meta"><code>of.another.version</code></span>' in text
    assert '<br><span class="meta"><code>of.another' not in text


async def test_jobs_are_told_in_words(office: httpx2.AsyncClient) -> None:
    await later("auth.invitation", {"to": str(new_id())})
    text = (await office.get("/admin/jobs")).text
    assert 'Send an invitation<br><span class="meta"><code>auth.invitation</code></span>' in text
    assert 'Remove jobs that are done<br><span class="meta"><code>jobs.sweep</code></span>' in text
