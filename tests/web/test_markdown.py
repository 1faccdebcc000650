"""Markdown that we wrote ourselves."""

from markupsafe import escape

from app.web.markdown import rendered


def test_headings_have_anchors_named_after_their_words() -> None:
    assert rendered("## Set-up & start\n") == '<h2 id="set-up-start">Set-up &amp; start</h2>\n'


def test_html_in_it_stays_text() -> None:
    assert rendered("<script>x</script> *a*") == "<p>&lt;script&gt;x&lt;/script&gt; <em>a</em></p>\n"


def test_tables_are_drawn() -> None:
    assert "<td>b</td>" in rendered("|a|\n|-|\n|b|\n")


def test_a_link_that_runs_is_none() -> None:
    assert "href" not in rendered("[x](javascript:alert(1))")


def test_templates_do_not_escape_it_again() -> None:
    assert escape(rendered("*a*")) == "<p><em>a</em></p>\n"
