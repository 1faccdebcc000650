"""A text that grows: what is frozen stays, and in the end all is as if it had been drawn at once."""

import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.markup.growing import LONGEST_TAIL, block_html, frozen, tail_html
from app.markup.render import rendered
from tests.markup.documents import ANSWER, documents
from tests.markup.reading import bare


def _code(key: str, label: str, code: str) -> str:
    return (
        f'<figure class="code" data-lang="{key}"><figcaption>{label}</figcaption>'
        f'<pre tabindex="0"><code>{code}</code></pre></figure>'
    )


def in_parts(text: str, cuts: list[int]) -> str:
    """The text as it is drawn when it comes in pieces that end there."""
    start, html = 0, ""
    for cut in [*cuts, len(text)]:
        now = frozen(text[:cut], start)
        html += block_html(text[start:now]) if now > start else ""
        start = now
    return html + block_html(text[start:])


def every(text: str) -> list[int]:
    return list(range(len(text)))


@settings(deadline=None)
@given(documents)
@example("$$\n```$$`\n")
@example("b\n]\r- <\n")
@example("# $a\nx\ny$\n")
@example("[\n```$~\n\\$$`\n")
def test_nothing_that_is_frozen_thaws(text: str) -> None:
    found = [frozen(text[:end]) for end in range(len(text) + 1)]
    assert found == sorted(found)


@settings(deadline=None)
@given(documents, st.data())
def test_what_is_frozen_does_not_depend_on_the_steps(text: str, data: st.DataObject) -> None:
    start = 0
    for cut in sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=6))):
        start = frozen(text[:cut], start)
        assert start == frozen(text[:cut])


@settings(deadline=None)
@given(documents)
@example("$$\n```$$`\n")
@example("b\n]\r- <\n")
def test_the_parts_together_are_the_whole(text: str) -> None:
    assert in_parts(text, every(text)) == rendered(text)


@settings(deadline=None)
@given(documents)
def test_what_is_complete_looks_the_same_as_a_tail(text: str) -> None:
    """Where nothing is left open, the tail is already what it will be."""
    text = text.replace("`", "").replace("~", "").replace("*", "").replace("_", "").replace("[", "").replace("\\", "")
    whole = text + "\n\nThe end.\n"
    start = frozen(whole)
    assert block_html(whole[:start]) + tail_html(whole[start:]) == rendered(whole)


def test_only_complete_lines_are_frozen() -> None:
    text = "One.\n\nTwo."
    assert frozen(text) == 0
    assert frozen(text + "\n") == text.index("Two")
    assert frozen(text + "\n", text.index("Two")) == text.index("Two")


def test_a_list_a_table_and_a_fence_are_one_block_each() -> None:
    for block in (
        "- a\n\n- b\n\n  c\n",
        "| a |\n|---|\n| b |\n",
        "```\n# a\n\n# b\n```\n",
        "> a\n>\n> b\n",
        "\\[\n- a\n\\]\n",
    ):
        assert frozen(block) == 0
        assert frozen(block + "\nend\n") == len(block) + 1


def test_a_formula_that_is_open_keeps_what_it_may_turn_out_to_hold() -> None:
    text = "so\n$$\na\n- b\n"
    assert frozen(text) == 0
    assert rendered(text + "$$\n").count("<math") == 1
    assert frozen(text + "\nend\n") > text.index("- b")


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("a **bo", "<p>a <strong>bo</strong></p>"),
        ("a **bold*", "<p>a <strong>bold</strong></p>"),
        ("a **", "<p>a</p>"),
        ("a `co", "<p>a <code>co</code></p>"),
        ("a ~~go", "<p>a <del>go</del></p>"),
        ("a *b* and **c *d", "<p>a <em>b</em> and <strong>c <em>d</em></strong></p>"),
        ("**a `b**c", "<p><strong>a <code>b**c</code></strong></p>"),
        ("2 * 3 and snake_case", "<p>2 * 3 and snake_case</p>"),
        ("see [the docs](https://exam", "<p>see the docs</p>"),
        ("see [the do", "<p>see the do</p>"),
        ("![alt](https://exam", "<p>alt</p>"),
        ("as said[^", "<p>as said</p>"),
        ("text\n-", "<p>text</p>"),
        ("text\n=", "<p>text</p>"),
        ("- a\n- [", "<ul>\n<li>a</li>\n</ul>"),
        ("1. a\n2", "<ol>\n<li>a</li>\n</ol>"),
        ("##", ""),
        (r"so \(", "<p>so</p>"),
        (r"so \(x_1", '<p>so <code class="tex">x_1</code></p>'),
        ("\\[\nx", '<p><code class="tex">x</code></p>'),
        ("```", '<figure class="code"><pre tabindex="0"><code></code></pre></figure>'),
        ("```pyt", '<figure class="code"><pre tabindex="0"><code></code></pre></figure>'),
        ("```c\na < b\n``", _code("c", "C", "a &lt; b")),
        ("```c\na\n```", _code("c", "C", "a")),
        ("```c\na\n```\nso **b", _code("c", "C", "a") + "\n<p>so <strong>b</strong></p>"),
        (
            "| a |\n|---|\n| **b",
            "<table>\n<thead>\n<tr><th>a</th></tr>\n</thead>\n<tbody>\n<tr><td><strong>b</strong></td></tr>\n</tbody>\n</table>",
        ),
        ("", ""),
    ],
)
def test_what_is_half_written_shows_no_marks(text: str, seen: str) -> None:
    assert bare(tail_html(text)).strip() == seen


def test_code_gets_its_colours_when_its_fence_is_closed() -> None:
    assert "<span" not in tail_html("```python\nif x:\n")
    assert '<span class="k">if</span>' in tail_html("```python\nif x:\n```")


def test_definitions_and_notes_wait_for_the_whole_text() -> None:
    text = "See [x] and this[^1].\n\n[x]: https://example.org\n\n[^1]: A note.\n"
    start = frozen(text)
    html = bare(block_html(text[:start]) + tail_html(text[start:]))
    assert html.startswith('<p>See [x] and this<sup class="fn">1</sup>.</p>')
    assert rendered(text).count("<a ") == 3


def test_a_tail_without_end_is_shown_as_it_was_written() -> None:
    assert tail_html("*a* " * LONGEST_TAIL).startswith('<p class="plain"')


def test_a_text_in_pieces_costs_little() -> None:
    size, start, began = 12, 0, time.process_time()
    for end in range(size, len(ANSWER), size):
        now = frozen(ANSWER[:end], start)
        block_html(ANSWER[start:now])
        start = now
        tail_html(ANSWER[start:end])
    taken = (time.process_time() - began) * 1_000
    print(f"{len(ANSWER)} characters in {len(ANSWER) // size} pieces: {taken:.0f} ms of the processor")
    assert start > len(ANSWER) / 2
