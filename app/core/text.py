"""Small things that are done to text everywhere."""

import re
import unicodedata


def slug(text: str) -> str:
    """A name for an address: ASCII, lower case, hyphens."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


def initials(name: str) -> str:
    """Up to two letters that stand for a person."""
    words = [word for word in re.split(r"[\s._-]+", name) if word]
    chosen = words[:1] + words[-1:] if len(words) > 1 else words
    return "".join(word[0] for word in chosen).upper() or "?"


def is_clean(text: str) -> bool:
    """Whether PostgreSQL can store this text and give it back."""
    return "\x00" not in text and not any("\ud800" <= char <= "\udfff" for char in text)


def cleaned(text: str) -> str:
    """The text as PostgreSQL can store it: no NUL, halves of a character joined, or else replaced by U+FFFD."""
    text = text.replace("\x00", "")
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


LONGEST_ADDRESS = 254
_MAIL = re.compile(r"(?!\.|.*\.\.|.*\.@)[^\s@<>\"(),:;\\\x00-\x1f]+@[^\s@.<>]+(\.[^\s@.<>]+)+")


def is_mail_address(text: str) -> bool:
    """Whether mail could be sent there; whether it arrives, only a letter can tell."""
    return len(text) <= LONGEST_ADDRESS and _MAIL.fullmatch(text) is not None


# Persian and the scripts of India need these between letters, and so does a family of emoji.
_JOINERS = str.maketrans("", "", "\u200c\u200d")


def is_shown(text: str) -> bool:
    """Whether a name shows all that is in it: nothing that turns the line around, hides or breaks it."""
    return text.translate(_JOINERS).isprintable()


def shortened(text: str, most: int) -> str:
    """The text in one line, cut at a word where it is longer; an ellipsis only where something was cut."""
    line = " ".join(text.split())
    if len(line) <= most:
        return line
    head = line[: most - 1]
    whole, _, _ = head.rpartition(" ")
    return (whole if len(whole) > most // 2 else head).rstrip(" ,;:.-") + "…"
