"""The providers that the operator has set up."""

from dataclasses import replace
from typing import Any

import pytest

from app.auth.providers import GITHUB, provider_name, provider_of, providers
from app.core import settings as core_settings
from app.core.errors import NotFound
from app.core.settings import Settings

EVERYTHING: dict[str, Any] = {
    "google_client_id": "g",
    "google_client_secret": "a secret of google",
    "github_client_id": "h",
    "github_client_secret": "a secret of github",
    "oidc_issuer": "https://login.example.com/realms/team",
    "oidc_client_id": "c",
    "oidc_client_secret": "a secret of the issuer",
    "oidc_name": "Team login",
}


@pytest.fixture
def complete(monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings with every kind of provider."""
    given = replace(Settings(), **EVERYTHING)
    monkeypatch.setattr(core_settings, "_current", [given])
    return given


def test_nothing_is_offered_that_is_not_set_up() -> None:
    assert providers(Settings()) == {}


def test_every_provider_that_is_set_up_is_offered_in_order(complete: Settings) -> None:
    found = providers()
    assert [(each.id, each.name) for each in found.values()] == [
        ("google", "Google"),
        ("github", "GitHub"),
        ("oidc", "Team login"),
    ]
    assert found["github"].fixed == GITHUB
    assert found["google"].issuer == "https://accounts.google.com"


def test_a_provider_that_is_not_set_up_does_not_exist(complete: Settings) -> None:
    assert provider_of("oidc").issuer == "https://login.example.com/realms/team"
    with pytest.raises(NotFound):
        provider_of("gitlab")


def test_a_stored_identity_has_a_name_even_when_its_provider_is_gone(complete: Settings) -> None:
    assert provider_name("https://github.com") == "GitHub"
    assert provider_name("https://gone.example") == "gone.example"


def test_secrets_of_providers_do_not_show_when_they_are_printed(complete: Settings) -> None:
    assert "a secret" not in repr(providers())


def test_only_the_host_that_was_named_may_be_on_a_private_address(complete: Settings) -> None:
    assert provider_of("oidc").guard.allowed == frozenset({"login.example.com:443"})
    assert provider_of("github").guard.allowed == frozenset({"github.com:443", "api.github.com:443"})
