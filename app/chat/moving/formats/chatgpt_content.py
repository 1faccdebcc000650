"""What a message of ChatGPT says. Its `content` is of many kinds, and new ones come without notice.

`text` and `multimodal_text` have `parts` (texts, and objects that point to pictures, or write down what was spoken);
`code` and `execution_output` have a `text`, `thoughts` a list, `reasoning_recap` a `content`. What the program and its
tools say to each other is not shown there, and not read here: messages of tools but for pictures and what code printed,
those to a tool (`recipient`) but for code and documents (`canmore`), and those that are marked as hidden. What stands
in the `channel` of `analysis` was thought, not said.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import msgspec

from app.chat.moving.came import Values
from app.chat.moving.loose import (
    LONGEST_TEXT,
    dict_of,
    first_text,
    inner,
    joined,
    list_of,
    names_of,
    text_of,
    title_of,
)
from app.chat.moving.markdown import fenced, linked

# Citations: between private characters (U+E200 … U+E201), or as in 【4:0†source】.
_CITATION: Final = re.compile("\ue200[^\ue200\ue201]*\ue201|【\\d+(?::\\d+)?†[^【】\n]*】")
_HIGHLIGHT: Final = re.compile("[\ue200-\ue206]")  # marks that are left over
_HIDDEN: Final = ("is_visually_hidden_from_conversation", "is_user_system_message")
_FOR_NOBODY: Final = ("user_editable_context", "model_editable_context", "system_error", "tether_browsing_display")
# What was spoken stands beside these.
_RECORDINGS: Final = ("audio_asset_pointer", "real_time_user_audio_video_asset_pointer")


@dataclass(frozen=True, slots=True)
class Said:
    """What a message says; `left_out` counts what it holds besides and nobody could read."""

    text: str = ""
    reasoning: str = ""
    attachments: tuple[str, ...] = ()
    left_out: int = 0


NOTHING: Final = Said()


def said(message: Values) -> Said:
    """The words of this message, or nothing where nobody was to see it."""
    content = dict_of(message.get("content"))
    kind = text_of(content.get("content_type"))
    metadata = dict_of(message.get("metadata"))
    if kind in _FOR_NOBODY or any(metadata.get(mark) is True for mark in _HIDDEN):
        return NOTHING
    role, recipient = text_of(inner(message, "author", "role")), text_of(message.get("recipient"))
    if role == "tool":
        return _by_a_tool(message, kind, content)
    if role not in ("user", "assistant"):
        return Said(left_out=1) if content and role != "system" else NOTHING
    if recipient not in ("", "all", "assistant"):
        return _to_a_tool(recipient, content)
    heard = _KINDS.get(kind, _unknown)(content)
    is_thought = message.get("channel") == "analysis"
    return Said(
        "" if is_thought else cited(heard.text, metadata),
        heard.text if is_thought else heard.reasoning,
        names_of(inner(attachment, "name") for attachment in list_of(metadata.get("attachments"))),
        heard.left_out,
    )


def cited(text: str, metadata: Values) -> str:
    """The text with its citations as links. Those whose page is not told are taken away."""
    if text.isascii():
        return text
    if not _CITATION.search(text):
        return _HIGHLIGHT.sub("", text)
    pages = dict(_pages(text, metadata))
    parts, at, room = [], 0, LONGEST_TEXT  # a short mark may stand for a long link, as often as it likes
    for found in _CITATION.finditer(text):
        link = pages.get(found[0], "")
        room -= len(link)
        parts += [text[at : found.start()], link if room > 0 else ""]
        at = found.end()
    return text_of(_HIGHLIGHT.sub("", "".join([*parts, text[at:]])))


def _pages(text: str, metadata: Values) -> Iterator[tuple[str, str]]:
    """What stands for each citation: `content_references` of today, `citations` of before."""
    for reference in list_of(metadata.get("content_references")):
        mark = inner(reference, "matched_text")
        link = _link(next(iter(list_of(inner(reference, "items"))), reference)) or title_of(inner(reference, "alt"))
        if isinstance(mark, str) and link:
            yield mark, link
    for citation in list_of(metadata.get("citations")):
        start, end = inner(citation, "start_ix"), inner(citation, "end_ix")
        if isinstance(start, int) and isinstance(end, int) and 0 <= start < end:
            yield text[start:end], _link(inner(citation, "metadata"))


def _link(page: object) -> str:
    address, title = text_of(inner(page, "url")), title_of(inner(page, "title"))
    return f" ({linked(title, address)})" if address else ""


def _by_a_tool(message: Values, kind: str, content: Values) -> Said:
    if kind == "execution_output" and text_of(inner(message, "author", "name")).startswith("python"):
        return _output(content)
    if kind == "multimodal_text":
        return Said(joined(_part(part)[0] for part in list_of(content.get("parts")) if not isinstance(part, str)))
    return NOTHING


def _to_a_tool(recipient: str, content: Values) -> Said:
    if recipient.startswith("python"):
        return Said(fenced(_plain(content), "python"))
    return _document(_plain(content)) if recipient.startswith("canmore.") else NOTHING


def _document(order: str) -> Said:
    """A document that was written beside the conversation: whole when it is new, or rewritten from end to end."""
    try:
        given: object = msgspec.json.decode(order)
    except (msgspec.MsgspecError, UnicodeEncodeError, RecursionError):
        return Said(left_out=1)
    texts = [given, *(update for update in list_of(inner(given, "updates")) if inner(update, "pattern") == ".*")]
    body = first_text(*(inner(text, key) for text in texts for key in ("content", "replacement")))
    if not body:
        return Said(left_out=1)
    kind = text_of(inner(given, "type"))
    name = title_of(inner(given, "name"))
    shown = fenced(body, kind.removeprefix("code/")) if kind.startswith("code/") else body
    return Said(joined([f"**{name}**" if name else "", shown]))


def _plain(content: Values) -> str:
    return first_text(content.get("text"), *list_of(content.get("parts")))


def _text(content: Values) -> Said:
    heard = [_part(part) for part in list_of(content.get("parts"))]
    return Said(joined(text for text, _ in heard), left_out=sum(missing for _, missing in heard))


def _part(part: object) -> tuple[str, int]:
    """A part of a message, and whether it is one that cannot be read."""
    if isinstance(part, str):
        return text_of(part), 0
    kind = text_of(inner(part, "content_type"))
    if kind == "image_asset_pointer":
        about = title_of(inner(part, "metadata", "dalle", "prompt"))
        return f"[image: {about}]" if about else "[image]", 0
    if kind in _RECORDINGS:
        return "", 0
    text = first_text(inner(part, "text"))
    return text, 0 if text else 1


def _code(content: Values) -> Said:
    language = text_of(content.get("language"))
    code = text_of(content.get("text"))
    return Said(fenced(code, "" if language == "unknown" else language) if code.strip() else "")


def _output(content: Values) -> Said:
    output = text_of(content.get("text"))
    return Said(fenced(output) if output.strip() else "")


def _thoughts(content: Values) -> Said:
    thoughts = list_of(content.get("thoughts"))
    parts = [text_of(inner(thought, key)) for thought in thoughts for key in ("summary", "content")]
    return Said(reasoning=joined(parts))


def _recap(content: Values) -> Said:
    return Said(reasoning=text_of(content.get("content")))


def _unknown(content: Values) -> Said:
    text = first_text(content.get("text"), content.get("content"), content.get("result"))
    if text:
        return Said(text)
    heard = _text(content)
    return heard if heard.text else Said(left_out=1 if content else 0)


_KINDS: Final[dict[str, Callable[[Values], Said]]] = {
    "text": _text,
    "multimodal_text": _text,
    "code": _code,
    "execution_output": _output,
    "thoughts": _thoughts,
    "reasoning_recap": _recap,
}
