"""Reading HTML that was drawn."""

import re


def bare(html: str) -> str:
    """Without what stands on every block and every link."""
    return re.sub(r' (?:dir="auto"|target="_blank"|rel="noopener noreferrer nofollow")', "", html)


def words(html: str) -> str:
    """What a reader sees."""
    return (
        re.sub(r"<[^>]*>", "", html)
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&nbsp;", "\xa0")
        .replace("&amp;", "&")
    )
