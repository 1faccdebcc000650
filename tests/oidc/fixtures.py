"""Sign-in providers for the tests."""

from collections.abc import Iterator

import pytest

from app.auth import issuers
from app.auth.providers import Provider
from app.core.settings import Settings
from app.database.address import Address
from app.web.outbound import Client
from tests.npm import Unobtainable
from tests.oidc import certified, forger
from tests.oidc.certified import Certified
from tests.oidc.forger import Forger
from tests.oidc.steps import adopted


@pytest.fixture(scope="session")
def oidc() -> Iterator[Certified]:
    """The certified provider."""
    try:
        with certified.running() as provider:
            yield provider
    except Unobtainable as reason:
        pytest.skip(str(reason))


@pytest.fixture
def liar() -> Iterator[Forger]:
    """A provider that lies as it is told."""
    issuers.forget()
    with forger.forging() as liar:
        yield liar
    issuers.forget()


@pytest.fixture
def provider(liar: Forger) -> Provider:
    """The liar, as the settings would name it."""
    return Provider("oidc", "Liar & Sons", liar.issuer, Client(forger.CLIENT_ID, forger.CLIENT_SECRET))


@pytest.fixture
def house(database: Address, settings: Settings, liar: Forger) -> Settings:
    """The settings with the liar as a provider, and open doors."""
    return adopted(settings, liar)
