"""Markdown that we wrote ourselves."""

from app.markup.guide import written


def test_headings_keep_their_level_and_have_anchors_named_after_their_words() -> None:
    assert written("## Set-up & `start`\n") == '<h2 id="set-up-start">Set-up &amp; <code>start</code></h2>\n'


def test_links_lead_where_they_say() -> None:
    assert '<a href="/help/backup#by-hand">there</a>' in written("[there](/help/backup#by-hand)")
    assert 'rel="noopener noreferrer nofollow"' in written("[out](https://example.org)")


def test_html_in_it_stays_text() -> None:
    assert written("<script>x</script> *a*") == '<p dir="auto">&lt;script&gt;x&lt;/script&gt; <em>a</em></p>\n'
