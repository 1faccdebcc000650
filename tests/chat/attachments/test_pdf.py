"""The text of PDFs, and those that have none to give. A30: what is hostile ends within its time."""

from collections.abc import Callable

import pytest

from app.chat.attachments import pdf
from app.core.errors import Rejected
from tests.chat.attachments import samples

HOSTILE: dict[str, Callable[[], bytes]] = {
    "unpacks to 900 MB": samples.unpacking_pdf,
    "bites its own tail": samples.circular_pdf,
    "ends in its middle": lambda: samples.pdf("one")[:200],
    "is its first line": lambda: b"%PDF-1.7\n",
    "is full of brackets": lambda: b"%PDF-1.7\n" + b"[" * 200_000 + b"\ntrailer << /Root 1 0 R >>",
}


async def test_the_text_of_every_page_is_taken_out() -> None:
    found = await pdf.content(samples.pdf("The bees sleep.", "The ants do not."))
    assert (found.pages, found.text, found.is_cut) == (2, "The bees sleep.\n\nThe ants do not.", False)


async def test_a_pdf_behind_a_password_says_so() -> None:
    with pytest.raises(Rejected) as refused:
        await pdf.content(samples.locked_pdf())
    assert refused.value.fields == {"file": pdf.ENCRYPTED}


async def test_a_pdf_without_text_says_that_it_may_be_scanned() -> None:
    with pytest.raises(Rejected) as refused:
        await pdf.content(samples.scanned_pdf())
    assert refused.value.fields == {"file": pdf.SCANNED}


@pytest.mark.parametrize("how", HOSTILE)
async def test_a30_a_hostile_pdf_is_refused(how: str) -> None:
    with pytest.raises(Rejected) as refused:
        await pdf.content(HOSTILE[how]())
    print(f"A30: a PDF that {how}: {refused.value}")
    assert refused.value.fields["file"] in (pdf.UNREADABLE, pdf.SCANNED)


async def test_a30_of_very_many_pages_only_the_first_are_read() -> None:
    found = await pdf.content(samples.pdf(*["A page."] * 600))
    assert (found.pages, found.text.count("A page."), found.is_cut) == (600, 500, True)


async def test_a30_what_takes_too_long_is_ended() -> None:
    with pytest.raises(Rejected) as refused:
        await pdf.content(samples.endless_pdf(), 0.2)
    assert refused.value.fields == {"file": pdf.UNREADABLE}
