"""What a file is, whatever it is called."""

import pytest

from app.chat.attachments import kinds
from app.chat.attachments.kinds import Content, Kind
from app.chat.attachments.service import named
from app.core.errors import Rejected
from tests.chat.attachments import samples

PICTURES = {
    "image/png": samples.png(30, 20),
    "image/gif": samples.gif(30, 20),
    "image/jpeg": samples.jpeg(30, 20),
    "image/webp": samples.webp(b"VP8X", 30, 20),
}
TEXT = Content(kind=Kind.TEXT, media_type="text/plain; charset=utf-8")


@pytest.mark.parametrize("media_type", PICTURES)
def test_a_picture_is_known_by_its_first_bytes_and_says_how_large_it_is(media_type: str) -> None:
    found = kinds.content(PICTURES[media_type])
    assert (found.kind, found.media_type, found.width, found.height) == (Kind.IMAGE, media_type, 30, 20)


@pytest.mark.parametrize("kind", [b"VP8X", b"VP8L", b"VP8 "])
def test_webp_of_each_of_its_three_kinds_says_its_size(kind: bytes) -> None:
    found = kinds.content(samples.webp(kind, 640, 480))
    assert (found.width, found.height) == (640, 480)


@pytest.mark.parametrize("text", ["# Notes\n", "a,b\r\n1,2", "print('ü')", "<svg onload=alert(1)>", "<html>", "{}"])
def test_text_code_and_markup_are_text_alone(text: str) -> None:
    found = kinds.content(text.encode())
    assert (found.kind, found.media_type) == (Kind.TEXT, "text/plain; charset=utf-8")
    assert found.text == text.replace("\r\n", "\n")


def test_what_excel_saves_as_unicode_is_text_too() -> None:
    found = kinds.content("naïve;€".encode("utf-16"))
    assert (found.text, found.media_type) == ("naïve;€", "text/plain; charset=utf-16")


def test_a_mark_at_the_beginning_is_no_part_of_the_text() -> None:
    assert kinds.content(b"\xef\xbb\xbfname").text == "name"


def test_of_a_very_long_text_the_beginning_is_kept_and_known_to_be_no_more() -> None:
    found = kinds.content(b"a" * (kinds.LONGEST_TEXT + 1))
    assert (len(found.text), found.is_cut) == (kinds.LONGEST_TEXT, True)


WRONG = {
    "nothing at all": (b"", kinds.EMPTY),
    "space alone": (b" \n\t\r\n", kinds.EMPTY),
    "a mark alone": (b"\xef\xbb\xbf", kinds.EMPTY),
    "NUL within": (b"a\x00b", kinds.UNKNOWN),
    "an escape of a terminal's bell": (b"a\x07b", kinds.UNKNOWN),
    "Latin-1": ("naïve".encode("latin-1"), kinds.UNKNOWN),
    "half a character": (b"\xc3", kinds.UNKNOWN),
    "half of UTF-16": (b"\xff\xfea", kinds.UNKNOWN),
    "a program": (b"\x7fELF\x02\x01\x01\x00", kinds.UNKNOWN),
    "an archive": (b"PK\x03\x04\x14\x00", kinds.UNKNOWN),
    "a letter of an office": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", kinds.UNKNOWN),
    "a picture that is cut": (samples.png()[:20], kinds.BROKEN),
    "a picture without a size": (samples.png(0, 9), kinds.BROKEN),
    "JPEG without a frame": (b"\xff\xd8\xff\xe0\x00\x10JFIF", kinds.BROKEN),
    "JPEG of endless markers": (b"\xff\xd8" + b"\xff\xff" * 50_000, kinds.BROKEN),
    "WebP without a frame": (b"RIFF\x00\x00\x00\x00WEBPVP8X", kinds.BROKEN),
    "GIF of nothing": (b"GIF89a", kinds.BROKEN),
    "a picture of 4 gigapixels": (samples.png(65_535, 65_535), kinds.HUGE),
    "a picture as long as a road": (samples.png(100_000, 1), kinds.HUGE),
    "a picture that says 2³²": (samples.png(2**32 - 1, 2**32 - 1), kinds.HUGE),
}


@pytest.mark.parametrize("what", WRONG)
def test_a30_what_cannot_be_read_is_refused_with_a_sentence(what: str) -> None:
    data, sentence = WRONG[what]
    with pytest.raises(Rejected) as refused:
        kinds.content(data)
    assert refused.value.fields == {"file": sentence}


NAMES = {
    "notes.md": "notes.md",
    "../../etc/passwd": "passwd",
    "C:\\Users\\a\\boot.ini": "boot.ini",
    "a\x00b.txt": "ab.txt",
    "a\r\nset-cookie: x=1.txt": "aset-cookie: x=1.txt",
    "\u202etxt.exe": "txt.exe",
    "...": "text.txt",
    "": "text.txt",
    "/": "text.txt",
    "\ud800": "\ufffd",
    "Straße 👩‍🚀.txt": "Straße 👩‍🚀.txt",
}


@pytest.mark.parametrize("name", NAMES)
def test_a11_a_name_leads_nowhere_and_hides_nothing(name: str) -> None:
    assert named(name, TEXT) == NAMES[name]


def test_a_name_of_a_megabyte_is_cut_and_keeps_its_ending() -> None:
    found = named("x" * 1_000_000 + ".csv", TEXT)
    assert len(found) <= 120
    assert found.endswith("x….csv")
