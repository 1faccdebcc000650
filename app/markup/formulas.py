r"""Formulas in TeX to MathML, which browsers draw themselves.

What cannot be drawn stays readable: the source, as code.
"""

import re
from functools import lru_cache
from html import escape
from typing import Final

from math_core import LatexError, LatexToMathML

LONGEST: Final = 2_000  # so many characters nest at most five hundred commands without braces
DEEPEST: Final = 40

_COMMANDS: Final = {
    "ensuremath": "#1",
    "hbox": r"\text{#1}",
    "mbox": r"\text{#1}",
    "mathstrut": "",
    "nicefrac": r"#1/#2",
    "nolimits": "",
    "smash": "#1",
    "substack": r"\begin{matrix}#1\end{matrix}",
}
_ENVIRONMENTS: Final = {
    "align": "aligned",  # a number beside each line would count from one in every formula
    "eqnarray": "aligned",
    "equation": "gathered",
    "gather": "gathered",
    "multline": "gathered",
    "smallmatrix": "matrix",
    "split": "aligned",
}
_ENVIRONMENT: Final = re.compile(rf"\\(begin|end)\{{({'|'.join(_ENVIRONMENTS)})\*?\}}")
_WORDS: Final = re.compile(r"\\text\{([^{}]*)\}")
_NUMBERED: Final = re.compile(r"\\(?:label\{[^{}]*\}|nonumber\b|notag\b)")
_DEFINING: Final = re.compile(r"\\(?:(?:new|renew|provide)command|def|let)(?![A-Za-z])")  # short to write, long to draw
_TAG: Final = re.compile(r"\\tag\*?\{([^{}]*)\}")
_BRACE: Final = re.compile(r"\\.|([{}])", re.DOTALL)

# A page takes no style from an attribute: what the parser says in one becomes a class.
_STYLE: Final = re.compile(r' (?:style|class)="([^"]*)"')
_CLASSES: Final = {
    "text-align: left": "l",
    "text-align: right": "r",
    "padding-left: 0": "nl",
    "padding-right: 0": "nr",
    "padding-left:1em": "wl",
    "border-top": "bt",
    "border-right": "br",
    "margin-left:-": "neg",
}
CLASSES: Final = frozenset(_CLASSES.values())

_CONVERTER: Final = LatexToMathML(macros=_COMMANDS, fancy_error=False, allow_unreliable_rendering=True)


@lru_cache(maxsize=128)
def formula(source: str, tex: str, *, is_block: bool) -> str:
    """A formula as MathML, or its source as it was written."""
    if len(tex) > LONGEST or not tex.strip() or _DEFINING.search(tex) or _is_deep(tex):
        return unread(source)
    try:
        drawn = _CONVERTER.convert_with_local_state(_plainer(tex), displaystyle=is_block)
    except LatexError:
        return unread(source)
    return _STYLE.sub(_classes, drawn)


def unread(source: str) -> str:
    """A formula that is not drawn, or not yet."""
    return f'<code class="tex">{escape(source, quote=False)}</code>'


def _is_deep(tex: str) -> bool:
    """Whether the parser would have to go deeper than it safely can: it calls itself for each level."""
    depth = deepest = 0
    for found in _BRACE.finditer(tex):
        depth += {"{": 1, "}": -1}.get(found[1], 0)
        deepest = max(deepest, depth)
    return deepest > DEEPEST


def _plainer(tex: str) -> str:
    """The formula in words that the parser knows."""
    tex = _NUMBERED.sub("", _WORDS.sub(_in_words, tex))
    tex = _TAG.sub(r"\\qquad\\text{(\1)}", tex)
    return _ENVIRONMENT.sub(lambda found: f"\\{found[1]}{{{_ENVIRONMENTS[found[2]]}}}", tex)


def _in_words(found: re.Match[str]) -> str:
    r"""Words as the parser wants them: what TeX reads as a sign escaped, a formula between them outside of `\text`."""
    parts = re.split(r"(?<!\\)\$", found[1])
    words = [r"\text{" + re.sub(r"(?<!\\)([_^#%&$])", r"\\\1", part) + "}" for part in parts]
    words[1::2] = parts[1::2]
    return "".join(words)


def _classes(found: re.Match[str]) -> str:
    names = " ".join(name for part, name in _CLASSES.items() if part in found[1])
    return f' class="{names}"' if names else ""
