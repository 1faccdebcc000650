"""What one browser carries: the proof in its forms, and what it still has to be told."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from app.core.secrets import Vault
from app.core.settings import Settings, adopt
from app.web.visit import FOREVER, Said, Visit

OLD, NEW = "an-old-secret-that-is-long-enough-to-be-one", "a-new-secret-that-is-long-enough-to-be-one"
HTTPS = "https://house.example"


@pytest.fixture(autouse=True)
def _known(settings: Settings) -> Iterator[None]:
    adopt(settings)
    yield
    adopt(settings)


def visit(session: str = "", *secrets: str, **cookies: str) -> Visit:
    return Visit(Vault(secrets or [NEW]), cookies, session=session)


def sent(came: Visit) -> dict[str, str]:
    """The cookies that go out, as the browser would send them back."""
    pairs = (cookie.split(";")[0].partition("=") for cookie in came.set_cookies)
    return {name: value for name, _, value in pairs}


# Forms ----------------------------------------------------------------------------------------------------------------


def test_a_proof_is_good_for_whom_it_was_made() -> None:
    assert visit("alices").is_csrf_token(visit("alices").csrf_token())
    assert not visit("bobs").is_csrf_token(visit("alices").csrf_token())


def test_a_proof_is_never_the_same_twice() -> None:
    came = visit("alices")
    assert len({came.csrf_token() for _ in range(10)}) == 10


def test_a_browser_that_nobody_is_signed_in_with_is_told_apart_by_a_cookie() -> None:
    first = visit()
    proof = first.csrf_token()
    back = sent(first)
    assert back.keys() == {"visitor"}
    assert f"Max-Age={FOREVER}" in first.set_cookies[0]
    assert visit(**back).is_csrf_token(proof)
    assert not visit().is_csrf_token(proof)
    assert not visit(visitor="another").is_csrf_token(proof)


def test_a_visitor_is_given_one_cookie_however_many_forms_there_are() -> None:
    came = visit()
    assert {came.csrf_token() and came.visitor for _ in range(3)} == {sent(came)["visitor"]}
    assert len(came.set_cookies) == 1


def test_a_known_visitor_is_given_none() -> None:
    came = visit(visitor="known")
    came.csrf_token()
    assert came.set_cookies == []


def test_a_proof_from_before_sign_in_is_worth_nothing_after() -> None:
    before = visit(visitor="v")
    assert not visit("alices", visitor="v").is_csrf_token(before.csrf_token())


@pytest.mark.parametrize(
    "forged", ["", ".", "x", "salt.", ".signature", "salt.\xe9\udc00", "a.b.c", "salt." + "x" * 43]
)
def test_a_forged_proof_is_none(forged: str) -> None:
    assert not visit("alices").is_csrf_token(forged)


def test_no_part_of_a_proof_can_be_changed() -> None:
    salt, signature = visit("alices").csrf_token().split(".")
    assert not visit("alices").is_csrf_token(f"{salt}x.{signature}")
    assert not visit("alices").is_csrf_token(f"{salt}.{signature[:-1]}")


def test_a_signature_for_something_else_is_no_proof() -> None:
    signature = Vault([NEW]).sign("said", "salt:alices")
    assert not visit("alices").is_csrf_token(f"salt.{signature}")


def test_a_page_that_was_open_while_the_secret_changed_can_still_be_sent() -> None:
    proof = visit("alices", OLD).csrf_token()
    assert visit("alices", NEW, OLD).is_csrf_token(proof)
    assert not visit("alices", NEW).is_csrf_token(proof)


# Cookies --------------------------------------------------------------------------------------------------------------


def test_without_tls_a_cookie_has_its_plain_name() -> None:
    came = visit(session="x")
    came.set_cookie("session", "value", 60)
    assert came.set_cookies == ["session=value; Path=/; Max-Age=60; HttpOnly; SameSite=Lax"]


def test_a20_with_tls_the_browser_guards_the_name(settings: Settings) -> None:
    adopt(replace(settings, public_url=HTTPS))
    came = Visit(Vault([NEW]), {"__Host-visitor": "ours", "visitor": "planted by a neighbour"})
    came.set_cookie("session", "value", 60)
    assert came.set_cookies == ["__Host-session=value; Path=/; Max-Age=60; HttpOnly; SameSite=Lax; Secure"]
    assert came.cookie("visitor") == "ours"


# Sentences ------------------------------------------------------------------------------------------------------------


def answered(came: Visit, cookies: dict[str, str]) -> dict[str, str]:
    """The cookies of the browser after this answer."""
    came.carry()
    return {name: value for name, value in {**cookies, **sent(came)}.items() if value}


def test_what_is_said_before_the_page_is_drawn_stands_on_it() -> None:
    came = visit()
    came.say("Saved.")
    assert came.heard() == [Said("done", "Saved.")]
    assert answered(came, {}) == {}


def test_what_is_said_before_a_redirect_stands_on_the_next_page_and_on_no_further_one() -> None:
    came = visit()
    came.say("Gelöscht: „ä“ 🙂", "warning")
    kept = answered(came, {})
    assert "Max-Age=60;" in came.set_cookies[-1]
    following = visit(**kept)
    assert following.heard() == [Said("warning", "Gelöscht: „ä“ 🙂")]
    assert answered(following, kept) == {}


def test_an_answer_that_shows_nothing_loses_nothing() -> None:
    came = visit()
    came.say("First.")
    kept = answered(came, {})
    swap = visit(**kept)  # a piece of a page has no place for it
    kept = answered(swap, kept)
    assert swap.set_cookies == []
    another = visit(**kept)
    another.say("Second.", "error")
    kept = answered(another, kept)
    assert visit(**kept).heard() == [Said("done", "First."), Said("error", "Second.")]


def test_of_many_sentences_the_last_are_carried() -> None:
    came = visit()
    for number in range(9):
        came.say(f"{number}")
    assert [each.text for each in visit(**answered(came, {})).heard()] == ["6", "7", "8"]


def test_an_answer_without_a_word_sets_no_cookie() -> None:
    came = visit()
    came.heard()
    assert answered(came, {}) == {}
    assert came.set_cookies == []


@pytest.mark.parametrize(
    "change", [lambda text: text[1:], lambda text: text + "x", lambda text: text.partition(".")[0]]
)
def test_a_sentence_that_was_tampered_with_is_not_said(change: object) -> None:
    came = visit()
    came.say("Saved.")
    kept = answered(came, {})
    assert callable(change)
    assert visit(said=change(kept["said"])).heard() == []


@pytest.mark.parametrize("content", ["", "bm90IGpzb24=", "[]", "W1sieCIsInkiXV0=", "x"])
def test_a_sentence_that_cannot_be_read_is_not_said(content: str) -> None:
    """Signed, but in the shape of some other version of ours."""
    assert visit(said=f"{content}.{Vault([NEW]).sign('said', content)}").heard() == []


def test_a_visit_that_was_heard_forgets_what_it_could_not_read() -> None:
    came = visit(said="forged.x")
    came.heard()
    assert answered(came, {"said": "forged.x"}) == {}
