"""Code as a figure, with its language and its colours."""

from collections.abc import Iterator
from functools import lru_cache
from html import escape
from typing import Final

from app.markup.languages import CONSTANTS, DEFINING, LANGUAGES, OTHER_NAMES
from app.markup.vocabulary import vocabulary

LONGEST: Final = 20_000  # characters that are coloured; more is read by nobody, and stays plain
_LONGEST_NAME = 24
_NAMELESS = {"text", "txt", "plain", "plaintext", "output", "none"}


def figure(info: str, code: str, *, in_colour: bool = True) -> str:
    """A figure of code; `info` is what stands after the opening fence, its first word the name of the language."""
    name = _named(info)
    if name == "mermaid":
        return f'<figure class="diagram" data-lang="mermaid">{_frame(escape(code, quote=False))}</figure>\n'
    key = OTHER_NAMES.get(name, name)
    is_coloured = in_colour and key in LANGUAGES and len(code) <= LONGEST
    body = coloured(key, code) if is_coloured else escape(code, quote=False)
    label = LANGUAGES[key].label if key in LANGUAGES else name
    caption = f"<figcaption>{escape(label)}</figcaption>" if label else ""
    language = f' data-lang="{escape(key)}"' if key else ""
    return f'<figure class="code"{language}>{caption}{_frame(body)}</figure>\n'


def _named(info: str) -> str:
    words = info.replace("{", " ").replace(",", " ").strip(" .}").split(maxsplit=1)
    name = words[0].lower()[:_LONGEST_NAME] if words else ""
    return "" if name in _NAMELESS else name


def _frame(body: str) -> str:
    return f'<pre tabindex="0"><code>{body}</code></pre>'


@lru_cache(maxsize=64)
def coloured(name: str, code: str) -> str:
    """Code of a language that is known, each part in a span with its class."""
    parts: list[str] = []
    end = 0
    for start, stop, kind in _kinds(name, code):
        text = escape(code[start:stop], quote=False)
        parts += escape(code[end:start], quote=False), f'<span class="{kind}">{text}</span>'
        end = stop
    return "".join(parts) + escape(code[end:], quote=False)


def _kinds(name: str, code: str) -> Iterator[tuple[int, int, str]]:
    """Where the parts are that have a class: start, end, class."""
    language, words = LANGUAGES[name], vocabulary().get(name, frozenset())
    before = ""
    for found in language.pattern.finditer(code):
        word, kind = found[0], found.lastgroup or ""
        if kind == "w":
            known = word.lower() if language.any_case else word
            kind = _of_word(known, before, words, has_types=language.has_types)
        if kind:
            yield *found.span(), kind
        before = word


def _of_word(word: str, before: str, words: frozenset[str], *, has_types: bool) -> str:
    if word in words:
        return "k"
    if word in CONSTANTS:
        return "n"
    if words and before in DEFINING:
        return "f"
    return "t" if has_types and word[0].isupper() else ""
