"""Who may enter, by what they ask for."""

from dataclasses import replace
from typing import Any

import pytest
from litestar import Request
from litestar.handlers import BaseRouteHandler

from app.auth import guards
from app.core.asker import Asker
from app.core.errors import Forbidden, NotFound, SignInNeeded
from app.core.ids import new_id
from app.core.secrets import Vault
from app.web.visit import Visit

ALICE = Asker(new_id(), "Alice", "alice@example.com", "DEVELOPER")
ROOT = replace(ALICE, role="ADMIN")


def asking(who: Asker | None, method: str = "GET") -> Request[Any, Any, Any]:
    scope: Any = {"type": "http", "method": method, "path": "/", "headers": [], "state": {}}
    visit = Visit(Vault(["x" * 32]), {}, asker=who)
    visit.attach(scope)
    return Request(scope)


def holding(who: Asker, *scopes: str) -> Asker:
    """The same person, by a token that reaches so far."""
    return replace(who, scopes=frozenset(scopes))


def test_anybody_may_be_nobody() -> None:
    assert guards.asker(asking(None)) is None
    assert guards.asker(asking(ALICE)) is ALICE


def test_nobody_is_no_person() -> None:
    for guard in (guards.person, guards.administrator):
        with pytest.raises(SignInNeeded):
            guard(asking(None))


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"])
def test_who_is_signed_in_may_do_everything_with_what_is_theirs(method: str) -> None:
    assert guards.person(asking(ALICE, method)) is ALICE


@pytest.mark.parametrize(
    ("method", "scopes", "enters"),
    [
        ("GET", ("read",), True),
        ("HEAD", ("read",), True),
        ("POST", ("read",), False),
        ("DELETE", ("read", "admin"), False),
        ("POST", ("read", "write"), True),
        ("GET", ("write",), False),
        ("GET", (), False),
    ],
)
def test_a_token_reaches_as_far_as_it_was_made_to(method: str, scopes: tuple[str, ...], *, enters: bool) -> None:
    request = asking(holding(ALICE, *scopes), method)
    if enters:
        assert guards.person(request).id == ALICE.id
        return
    with pytest.raises(Forbidden) as refused:
        guards.person(request)
    assert refused.value.name == "SCOPE_MISSING"


def test_for_everybody_but_administrators_there_is_nothing() -> None:
    assert guards.administrator(asking(ROOT)) is ROOT
    assert guards.administrator(asking(holding(ROOT, "read", "admin"))).is_admin
    for who in (ALICE, holding(ROOT, "read", "write"), holding(ALICE, "read", "admin")):
        with pytest.raises(NotFound):
            guards.administrator(asking(who))


def test_routes_that_are_not_ours_are_for_persons_alone() -> None:
    handler = BaseRouteHandler("/")
    guards.person_only(asking(ALICE), handler)
    with pytest.raises(SignInNeeded):
        guards.person_only(asking(None), handler)
