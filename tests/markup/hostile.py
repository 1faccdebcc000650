"""What somebody would write into Markdown who wants it to run, to be fetched, or to act."""

from typing import Final

from tests.e2e.payloads import payloads

HOSTILE: Final = (
    *payloads(),
    *(f"[x]({text})" for text in payloads()),
    *(f"![{text}](/files/x)" for text in payloads()),
    *(f"```{text}\n{text}\n```" for text in payloads()),
    *(f"$$ {text} $$" for text in payloads()),
    *(f"| {text} |\n|---|\n| `{text}` |" for text in payloads()),
    *(f"[r]\n\n[r]: <{text}> '{text}'" for text in payloads()),
    *(f"x[^1]\n\n[^1]: {text}" for text in payloads()),
    "[x](javascript&colon;alert(1))",
    "[x](&#106;avascript:alert(1))",
    "<javascript:alert(1)>",
    "[x](\x01javascript:alert(1))",
    "![x](javascript:alert(1))",
    "<https://x' onclick='y>",
    '<https://x"onclick="y>',
    'https://x"onclick="y',
    "www.x'onclick='y",
    '[x](https://a.b/"onclick="y)',
    "[x](https://a.b '\" onclick=\"y')",
    '[^"><script>]\n\n[^"><script>]: y',
    "&#xfdd0;&#xe000;&#xe000;<b>",
    '```"><script>\nx\n```',
    "```mermaid\n%%{init}%%<script>\n```",
    "\\[\\href{javascript:x}{y}\\]",
    '[x](mailto:a@b?body="<script>)',
    "<a@b.c'onclick='x>",
    "\ufdd2script>x\ufdd2/script>",
    "# x {#id .class hx-get=/x}",
    "[x]{hx-get=/x}",
    "![x](/files/x){onerror=y}",
)
