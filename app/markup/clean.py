"""The last word on HTML: what is not on these lists does not reach a page, whatever drew it."""

import re
from typing import Final

from nh3 import Cleaner

from app.markup import formulas, links


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_MATH: Final = _words(
    """math menclose mfrac mi mmultiscripts mn mo mover mpadded mphantom mprescripts mroot mrow mspace msqrt mstyle msub
    msubsup msup mtable mtd mtext mtr munder munderover"""
)
_MATH_ATTRIBUTES: Final = _words(
    """accent accentunder columnspan depth display displaystyle form height linethickness lspace mathvariant maxsize
    minsize movablelimits notation rspace scriptlevel stretchy symmetric voffset width"""
)
_BLOCKS: Final = {"blockquote", "h3", "h4", "h5", "h6", "li", "p", "td", "th"}
_PLAIN: Final = _words(
    """a b br code del em figcaption figure hr i img input label ol pre section span strong sup table tbody thead tr
    ul"""
)
_ALIGNED: Final = {"center", "end"}

_NOTE: Final = re.compile(r"(?:[\w-]+-)?fn(?:ref)?-\d+(?:-\d+)?")


def _allowed(tag: str, name: str, value: str) -> str | None:
    """The value, where it leads to a place that a message may lead to."""
    match name:
        case "href":
            is_good = _NOTE.fullmatch(value[1:]) if value[:1] == "#" else links.address(value) == value
        case "src":
            is_good = links.is_ours(value)
        case "id":
            is_good = tag in {"a", "li"} and _NOTE.fullmatch(value)
        case _:
            return value
    return value if is_good else None


_CLEANER: Final = Cleaner(
    tags=_MATH | _BLOCKS | _PLAIN,
    attributes={
        **dict.fromkeys(_MATH, _MATH_ATTRIBUTES),
        "a": {"href", "id", "title"},
        "figure": {"data-lang"},
        "img": {"alt", "src"},
        "li": {"id"},
        "ol": {"start"},
    },
    tag_attribute_values={
        **{block: {"dir": {"auto"}} for block in _BLOCKS},
        "a": {
            "rel": {"noopener noreferrer nofollow"},
            "role": {"doc-backlink", "doc-noteref"},
            "target": {"_blank"},
        },
        "img": {"loading": {"lazy"}},
        "input": {"type": {"checkbox"}, "disabled": {""}, "checked": {""}},
        "pre": {"tabindex": {"0"}},
        "section": {"role": {"doc-endnotes"}},
    },
    allowed_classes={
        "a": {"chip"},
        "code": {"tex"},
        "figure": {"code", "diagram"},
        "mspace": set(formulas.CLASSES),
        "mtd": set(formulas.CLASSES),
        "p": {"plain"},
        "section": {"footnotes"},
        "span": {"chip", "formula", "host", *"cdfiknst"},
        "sup": {"fn"},
        "td": _ALIGNED,
        "th": _ALIGNED,
    },
    attribute_filter=_allowed,
    clean_content_tags={"script", "style"},
    generic_attribute_prefixes=set(),
    link_rel=None,
    url_schemes={"http", "https", "mailto"},
)


def cleaned(html: str) -> str:
    """The HTML with what is allowed in it."""
    return _CLEANER.clean(html)
