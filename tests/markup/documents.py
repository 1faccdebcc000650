"""Markdown documents: an answer as models give it, and random ones of blocks and of lines that are none quite."""

from typing import Final

from hypothesis import strategies as st

_WORDS: Final = (
    "a word",
    "two words",
    "**bold**",
    "*it*",
    "`code`",
    "``a ` b``",
    "~~gone~~",
    "[a link](https://example.org/x)",
    "https://example.org/a_b",
    "www.example.org",
    "$x^2$",
    r"\(a_1\)",
    "costs $5",
    "US$6",
    "$$",
    "$",
    r"\[",
    r"\]",
    r"\(",
    "**open",
    "`open",
    "[open](",
    "snake_case",
    "2 * 3",
    "a < b",
    "<b>raw</b>",
    "&amp;",
    r"\*",
    "|",
    "é",
    "日本",
    "👍🏽",
    "$$y$$",
    r"\[z\]",
    "![p](https://example.org/p.png)",
    "$a|b$",
    "x^[1]",
    "\\",
    "#",
    "1.",
    "-",
    "+",
    "=",
    ">",
    "\t",
)
_LINES: Final = (
    "# Heading",
    "## Two",
    "Setext",
    "=====",
    "---",
    "***",
    "- item",
    "  - nested",
    "* star",
    "+ plus",
    "1. one",
    "2) two",
    "- [ ] todo",
    "- [x] done",
    "> quote",
    "> > deep",
    ">",
    "",
    "",
    "",
    "    indented",
    "  two",
    "\tx",
    "| a | b |",
    "|---|:-:|",
    "| `x` | $y$ |",
    "a | b",
    "- | -",
    "```",
    "```python",
    "~~~",
    "    ```",
    "> ```",
    "  ```",
    "x = 1",
    "$$",
    r"\[",
    r"\]",
    "= b",
    "+ b",
    "- b",
    "lazy",
    "<div>",
    "<!-- c",
    "-->",
    "<script>",
    "[x]",
    "[x] y",
    "\\",
    "* * *",
    "-",
    "1.",
    "#",
    "  ",
    "10. ten",
    "   three",
    "`",
    "$a",
    "b$",
    "& c",
    "> - both",
    "- > both",
    "- ```",
    "  x",
    "1. ```js",
)

words = st.lists(st.sampled_from(_WORDS), min_size=1, max_size=5).map(" ".join)
lines = st.one_of(st.sampled_from(_LINES), words)
fences = st.builds(
    lambda fence, info, code: f"{fence}{info}\n{code}\n{fence}",
    st.sampled_from(["```", "~~~", "````"]),
    st.sampled_from(["", "python", "mermaid", "math", "no such"]),
    st.lists(lines, max_size=4).map("\n".join),
)
formulas = st.builds(
    lambda ends, inner: f"{ends[0]}\n{inner}\n{ends[1]}",
    st.sampled_from([("$$", "$$"), (r"\[", r"\]")]),
    st.lists(st.sampled_from(["a", "+ b", "- c", "= d", r"\\", "& e", "x < y", "| f |"]), min_size=1, max_size=4).map(
        "\n".join
    ),
)
blocks = st.one_of(lines, lines, words, fences, formulas)
documents = st.lists(st.tuples(blocks, st.sampled_from(["\n", "\n", "\n\n", "\n\n\n", "\r\n"])), max_size=14).map(
    lambda parts: "".join(block + end for block, end in parts)
)

ANSWER: Final = (
    """The *budget* answers whether; the **header** answers `when`. See [the docs](https://example.org) and $O(n)$.

## Steps

1. First, measure.
2. Then **decide** what `budget.spend()` means:
   - half of it
   - all of it

```python
def next_attempt(budget, answer, deadline):
    if not budget.spend():            # R3.2
        return None
    wait = answer.retry_after or backoff()
    return wait if now() + wait < deadline else None
```

| what | how much |
|---|---|
| budget | 10 % |
| window | 10 s |

So when the wait would outlast the deadline, give up at once and say so, instead of holding the line.

"""
    * 7
)[:4_096]
