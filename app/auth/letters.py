"""What we write to people: short, with one thing to do, and why they get it."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from app.core.language import LANGUAGES, language
from app.core.settings import settings
from app.mail import Letter
from app.web.templates import render
from app.web.translations import gettext
from app.web.view import View


@dataclass(frozen=True, slots=True)
class LetterView(View):
    """A letter as it is drawn. Every sentence is in its reader's language already."""

    template: ClassVar = "layouts/email.html"
    subject: str
    sentences: Sequence[str]
    button: str
    link: str
    why: str
    language: str


Chosen = Callable[[UUID], Awaitable[str]]
_chosen: list[Chosen] = []


def read_in(chosen: Chosen) -> None:
    """Let this say which language a person chose: what people like is known further up the house."""
    _chosen[:] = [chosen]


async def speak_to(person: UUID) -> None:
    """Go on in the language of this reader, where they chose one: somebody else may have asked for the letter."""
    for chosen in _chosen:
        wanted = await chosen(person)
        if wanted in LANGUAGES:
            language.set(wanted)


def sign_in(address: str, link: str, minutes: int) -> Letter:
    """The link that signs in once."""
    sentences = [
        gettext("Open this link to sign in. It works once, within %(minutes)s minutes.") % {"minutes": minutes},
        gettext("If it was not you who asked for it, do nothing: without the link nobody can sign in."),
    ]
    return _letter(address, gettext("Sign in to Commonplace"), sentences, (gettext("Sign in"), link))


def invitation(address: str, invited_by: str, link: str, days: int) -> Letter:
    """Come in."""
    by = gettext("%(name)s invites you to Commonplace, a chat that remembers.") % {"name": invited_by}
    sentences = [
        by if invited_by else gettext("You are invited to Commonplace, a chat that remembers."),
        gettext("The invitation works once, within %(days)s days.") % {"days": days},
    ]
    return _letter(
        address, gettext("You are invited to Commonplace"), sentences, (gettext("Look at the invitation"), link)
    )


def new_address(address: str, name: str, link: str, minutes: int) -> Letter:
    """To a new address: is this really where you read mail."""
    sentences = [
        gettext("%(name)s, open this link to use this address from now on.") % {"name": name},
        gettext("It works once, within %(minutes)s minutes, where you are signed in.") % {"minutes": minutes},
    ]
    return _letter(address, gettext("Confirm your new address"), sentences, (gettext("Confirm the address"), link))


def address_changed(address: str, changed_to: str) -> Letter:
    """To the old address: this is the last letter here."""
    sentences = [
        gettext("Your account now uses the address %(address)s.") % {"address": changed_to},
        gettext("If it was not you who changed it, tell the administrator at once."),
    ]
    return _letter(address, gettext("Your address was changed"), sentences, ("", ""))


def _letter(address: str, subject: str, sentences: Sequence[str], action: tuple[str, str]) -> Letter:
    button, link = action
    where = settings().base_url
    why = gettext("You get this letter because somebody entered your address at %(where)s.") % {"where": where}
    view = LetterView(subject, sentences, button, link, why, language.get())
    text = "\n\n".join(part for part in (*sentences, link, f"-- \n{why}") if part)
    return Letter(address, subject, text + "\n", render(view.template, view.values()))
