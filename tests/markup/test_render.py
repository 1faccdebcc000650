"""What people and models write, and what becomes of it."""

import re

import pytest
from markupsafe import escape

from app.markup.render import LONGEST, rendered
from tests.markup.reading import bare


@pytest.mark.parametrize(
    ("text", "html"),
    [
        (
            "plain *it* **bold** ~~gone~~ `code`",
            "<p>plain <em>it</em> <strong>bold</strong> <del>gone</del> <code>code</code></p>",
        ),
        ("one\ntwo  \nthree\\\nfour", "<p>one\ntwo<br>\nthree<br>\nfour</p>"),
        ("# One\n## Two\n#### Four", "<h3>One</h3>\n<h4>Two</h4>\n<h6>Four</h6>"),
        ("Set\n===", "<h3>Set</h3>"),
        ("> quoted\n> > deep", "<blockquote>\n<p>quoted</p>\n<blockquote>\n<p>deep</p>\n</blockquote>\n</blockquote>"),
        ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>"),
        ("3. a\n4. b", '<ol start="3">\n<li>a</li>\n<li>b</li>\n</ol>'),
        ("a\n\n***\n\nb", "<p>a</p>\n<hr>\n<p>b</p>"),
        ("    indented", '<figure class="code"><pre tabindex="0"><code>indented</code></pre></figure>'),
        ("&copy; &amp; \\* <b>", "<p>© &amp; * &lt;b&gt;</p>"),
        ("", ""),
    ],
)
def test_markdown_is_drawn(text: str, html: str) -> None:
    assert bare(rendered(text)).strip() == html


def test_a_table_has_its_columns_aligned() -> None:
    html = bare(rendered("| a | b | c |\n|---|:-:|--:|\n| 1 | 2 | 3 |"))
    assert '<th>a</th><th class="center">b</th><th class="end">c</th>' in html
    assert '<td>1</td><td class="center">2</td><td class="end">3</td>' in html


def test_tasks_are_boxes_that_nobody_can_tick_with_their_words_as_label() -> None:
    html = bare(rendered("- [ ] to *do*\n- [x] done"))
    assert '<li><label><input type="checkbox" disabled=""> to <em>do</em></label></li>' in html
    assert '<li><label><input type="checkbox" disabled="" checked=""> done</label></li>' in html


def test_the_label_of_a_task_ends_where_its_line_ends() -> None:
    html = bare(rendered("- [ ] first\n\n  more\n  - [ ] inner\n    ```\n    x\n    ```"))
    assert "first</label></p>\n<p>more</p>" in html
    assert "inner</label><figure" in html


def test_every_block_finds_out_itself_which_way_it_runs() -> None:
    html = rendered("# שלום\n\nגם\n\n- א\n\n> ב\n\n|ג|\n|-|\n|ד|")
    for tag in ("h3", "p", "li", "blockquote", "th", "td"):
        assert f'<{tag} dir="auto"' in html


def test_footnotes_are_numbered_as_they_are_met_and_lead_back() -> None:
    html = bare(rendered("x[^b] y[^a] z[^b]\n\n[^a]: first\n[^b]: second", "m7"))
    assert '<a id="m7-fnref-1" href="#m7-fn-1" role="doc-noteref">1</a>' in html
    assert '<li id="m7-fn-1"><p>second <a href="#m7-fnref-1" role="doc-backlink">↩</a>' in html
    assert 'href="#m7-fnref-1-2"' in html
    assert '<li id="m7-fn-2"><p>first' in html


def test_footnotes_of_two_texts_never_share_an_id() -> None:
    one, other = (re.findall(r'id="([^"]+)"', rendered("x[^1]\n\n[^1]: y", name)) for name in ("a", "b"))
    assert len(one) == 2
    assert set(one).isdisjoint(other)


def test_a_footnote_that_nobody_wrote_stays_text() -> None:
    assert bare(rendered("x[^1]")) == "<p>x[^1]</p>\n"


def test_links_may_have_their_address_elsewhere() -> None:
    assert 'href="https://example.org/there"' in rendered("[here][x]\n\n[x]: https://example.org/there")


def test_code_is_a_figure_with_its_language() -> None:
    html = rendered("```py title=x\nif a < b: pass\n```")
    assert html.startswith(
        '<figure class="code" data-lang="python"><figcaption>Python</figcaption><pre tabindex="0"><code>'
    )
    assert '<span class="k">if</span> a &lt; b' in html


def test_a_diagram_is_a_figure_with_its_source() -> None:
    html = '<figure class="diagram" data-lang="mermaid"><pre tabindex="0"><code>a--&gt;b</code></pre></figure>\n'
    assert rendered("```mermaid\na-->b\n```") == html


def test_raw_html_is_text() -> None:
    html = rendered("<details><summary>*x*</summary>\n\n<br>\n\n<!-- c\n\n*still markdown*")
    assert html.startswith('<p dir="auto">&lt;details&gt;&lt;summary&gt;<em>x</em>')
    assert "<em>still markdown</em>" in html


def test_what_is_too_long_is_shown_as_it_was_written() -> None:
    assert rendered("*" * (LONGEST + 1)) == f'<p class="plain" dir="auto">{"*" * (LONGEST + 1)}</p>\n'


def test_what_is_too_deep_is_shown_as_it_was_written() -> None:
    assert rendered(">" * 200 + "<x") == f'<p class="plain" dir="auto">{"&gt;" * 200}&lt;x</p>\n'


@pytest.mark.parametrize(
    "text", ["a\x00b", "a\ud83db", "a\ufdd0\ue000\ue000b", "&#xfdd0;\ue000\ue000", "a\rb", "\ufeff"]
)
def test_what_no_text_should_have_in_it_harms_nothing(text: str) -> None:
    html = rendered(f"$x$ {text}")
    assert html.startswith('<p dir="auto"><math><mi>x</mi></math> ')
    html.encode()


def test_templates_do_not_escape_it_again() -> None:
    assert str(escape(rendered("*a*"))) == '<p dir="auto"><em>a</em></p>\n'
