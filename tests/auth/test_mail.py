"""Letters go out over connections that nobody can listen to, and carry nothing but what we wrote."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from app import mail
from app.core.errors import Misconfigured, Rejected, Unavailable
from app.core.settings import Settings, adopt
from app.mail import Letter, Server
from tests.auth.post_office import certificate, post_office

LETTER = Letter("dora@example.com", "Sign in", "Open this: https://example.com/ä", "<p>Open <b>this</b></p>")
Set = Callable[[str], None]


@pytest.fixture
def smtp(settings: Settings) -> Set:
    """Use this mail server."""

    def use(url: str) -> None:
        adopt(replace(settings, smtp_url=url, mail_from="Commonplace <book@example.com>"))

    return use


async def test_a_letter_arrives_as_text_and_as_html(smtp: Set) -> None:
    with post_office() as office:
        smtp(f"smtp://127.0.0.1:{office.port}")
        await mail.send(LETTER)
    (letter,) = office.letters
    assert (letter["From"], letter["To"]) == ("Commonplace <book@example.com>", "dora@example.com")
    assert letter["Subject"] == "Sign in"
    assert letter["Message-ID"].endswith("@example.com>")
    assert letter["Date"]
    assert letter["Auto-Submitted"] == "auto-generated"
    assert office.text().strip() == "Open this: https://example.com/ä"
    assert "<b>this</b>" in letter.get_body(("html",)).get_content()  # type: ignore[union-attr]


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
async def test_a_letter_and_the_password_travel_under_a_certificate_that_was_checked(
    smtp: Set, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    with post_office(certificate(tmp_path), is_smtps=scheme == "smtps", wants_login=True) as office:
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))
        smtp(f"{scheme}://book:p%40ss%2Fword@127.0.0.1:{office.port}")
        await mail.send(LETTER)
    assert len(office.letters) == 1
    assert office.logins == [(b"book", b"p@ss/word")]


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
async def test_a_certificate_that_cannot_be_trusted_ends_it(smtp: Set, tmp_path: Path, scheme: str) -> None:
    with post_office(certificate(tmp_path), is_smtps=scheme == "smtps", wants_login=True) as office:
        smtp(f"{scheme}://book:p%40ss%2Fword@127.0.0.1:{office.port}")
        with pytest.raises(Unavailable, match="cannot be trusted"):
            await mail.send(LETTER)
    assert office.letters == []
    assert office.logins == []


async def test_a_certificate_for_another_name_ends_it(
    smtp: Set, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with post_office(certificate(tmp_path, "other.example")) as office:
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))
        smtp(f"smtp://127.0.0.1:{office.port}")
        with pytest.raises(Unavailable, match="cannot be trusted"):
            await mail.send(LETTER)
    assert office.letters == []


def test_only_this_machine_and_who_is_told_so_may_do_without_tls() -> None:
    assert not Server.parse("smtp://mail.example.com").may_be_plain
    assert Server.parse("smtp://mail.example.com?tls=off").may_be_plain
    assert Server.parse("smtp://localhost:1025").may_be_plain


async def test_a_server_that_strips_encryption_gets_no_letter(smtp: Set) -> None:
    with post_office() as office:
        server = replace(Server.parse(f"smtp://127.0.0.1:{office.port}"), may_be_plain=False)
        with pytest.raises(Unavailable, match="no encryption"):
            mail._in_words(server, lambda smtp: smtp.send_message(mail.composed(LETTER)))  # noqa: SLF001 - no name of ours resolves to another machine
    assert office.letters == []


@pytest.mark.parametrize(
    "to",
    [
        "dora@example.com\r\nBcc: eve@example.com",
        "dora@example.com\nBcc: eve@example.com",
        "dora@example.com, eve@example.com",
        "dora@example.com> <eve@example.com",
        '"dora" eve@example.com',
        "dora",
        "",
    ],
)
async def test_nothing_can_be_smuggled_into_the_address(smtp: Set, to: str) -> None:
    with post_office() as office:
        smtp(f"smtp://127.0.0.1:{office.port}")
        with pytest.raises(Rejected):
            await mail.send(replace(LETTER, to=to))
    assert office.letters == []


@pytest.mark.parametrize("subject", ["Hello\r\nBcc: eve@example.com", "Hello\nX: y"])
async def test_nothing_can_be_smuggled_into_the_subject(smtp: Set, subject: str) -> None:
    with post_office() as office:
        smtp(f"smtp://127.0.0.1:{office.port}")
        with pytest.raises(Rejected):
            await mail.send(replace(LETTER, subject=subject))
    assert office.letters == []


async def test_a_mailbox_that_is_not_there_is_told_apart_from_a_server_that_is_away(smtp: Set) -> None:
    with post_office() as office:
        smtp(f"smtp://127.0.0.1:{office.port}")
        with pytest.raises(Rejected, match="does not take"):
            await mail.send(replace(LETTER, to="nobody@example.com"))
        office.refusal = "451 come back later"
        with pytest.raises(Unavailable, match="cannot be reached"):
            await mail.send(LETTER)
    with pytest.raises(Unavailable, match="cannot be reached"):
        await mail.send(LETTER)


async def test_a_wrong_password_is_named(smtp: Set, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with post_office(certificate(tmp_path), wants_login=True) as office:
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))
        smtp(f"smtp://book:wrong@127.0.0.1:{office.port}")
        with pytest.raises(Unavailable, match="refuses our password"):
            await mail.check()


@pytest.mark.parametrize(
    "url", ["mail.example.com", "http://mail.example.com", "smtp://", "smtp://h:port", "smtp://h?tls=maybe"]
)
async def test_a_setting_that_names_no_server_says_how_one_looks(smtp: Set, url: str) -> None:
    smtp(url)
    with pytest.raises(Misconfigured, match="COMMONPLACE_SMTP_URL"):
        await mail.send(LETTER)


async def test_a_setting_that_names_no_sender_says_how_one_looks(settings: Settings) -> None:
    adopt(replace(settings, smtp_url="smtp://127.0.0.1:1", mail_from="nobody"))
    with pytest.raises(Misconfigured, match="COMMONPLACE_MAIL_FROM"):
        await mail.check()


async def test_letters_outside_ascii_have_a_readable_subject(smtp: Set) -> None:
    with post_office() as office:
        smtp(f"smtp://127.0.0.1:{office.port}")
        await mail.send(replace(LETTER, subject="Schöne Grüße"))
    assert office.letters[0]["Subject"] == "Schöne Grüße"
