"""The languages whose code is coloured: their names, and what a piece of text is in each.

Each is one pattern whose groups are named after the class of what they find:
`c` comment, `s` string, `n` number or constant, `k` keyword, `t` type, tag or key, `f` what is defined here,
`w` a word that is looked up, `i` and `d` lines that come and go.

Every alternative keeps what it has read (`++`, and what is never closed goes on to its end), so that colouring takes
the time of one reading, whatever the text. General highlighters do not: of eighty lexers of Pygments, thirty spend
seconds on twenty kilobytes of some repeated sign.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

_STARRED = r"/\*(?:[^*]++|\*(?!/))*+(?:\*/)?+"
_SLASHES = rf"//[^\n]*+|{_STARRED}"
_HASH = r"\#[^\n]*+"
_HASH_APART = rf"(?<!\S){_HASH}"
_DASHES = r"--[^\n]*+"
_DOUBLE = r'"(?:[^"\\\n]++|\\.)*+"?+'
_SINGLE = r"'(?:[^'\\\n]++|\\.)*+'?+"
_BOTH = f"{_DOUBLE}|{_SINGLE}"
_LETTER = r"'(?:[^'\\\n]|\\[^\n]{1,9}?)'"  # one character; a lifetime and a prime are none
_RAW = r"'[^']*+'?+"
_DOUBLED = r"'(?:[^']++|'')*+'?+"
_TICKS = r"`(?:[^`\\]++|\\.)*+`?+"
_THREE_DOUBLE = r'"""(?:[^"\\]++|\\.|"(?!""))*+(?:""")?+'
_THREE_SINGLE = r"'''(?:[^'\\]++|\\.|'(?!''))*+(?:''')?+"
_PYTHONIC = rf"[rbfuRBFU]{{0,2}}(?:{_THREE_DOUBLE}|{_THREE_SINGLE}|{_BOTH})"
_NUMBER = r"\b(?:0[xXbBoO][\da-fA-F_]++|\d[\d_]*+(?:\.\d[\d_]*+)?+(?:[eE][+-]?\d++)?+)\w*+"
_TRUTH = r"\b(?:true|false|null|yes|no|on|off)\b"
_WORD = r"[^\W\d]\w*+"
_PRIMED = r"[^\W\d][\w']*+"
_AT = r"@[\w.]++"
_VARIABLE = r"\$(?:\w++|\{[^}\n]*+\}?+)"
_DIRECTIVE = r"^[ \t]*+\#[ \t]*+\w++"
_OPTION = r"(?<=\s)--?[A-Za-z][\w-]*+"


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


DEFINING: Final = _words(
    """class def defmodule defn defp enum fn fun func function interface macro mod module namespace object package proc
    protocol record struct sub trait type union"""
)
CONSTANTS: Final = _words("true false null nil None True False undefined NULL nullptr NaN TRUE FALSE")


@dataclass(frozen=True)
class Language:
    """A language: what a page calls it, and its parts by their class."""

    label: str
    parts: Mapping[str, str]
    has_types: bool = False  # what begins with a capital letter is one
    any_case: bool = False

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The parts as alternatives, in their order."""
        groups = "|".join(f"(?P<{kind}>{part})" for kind, part in self.parts.items() if part)
        return re.compile(groups, re.MULTILINE | re.DOTALL)


def _code(  # noqa: PLR0913 - a language has so many sides
    label: str,
    comments: str = _SLASHES,
    strings: str = f"{_DOUBLE}|{_LETTER}",
    types: str = "",
    word: str = _WORD,
    *,
    keys: str = "",
    has_types: bool = False,
    any_case: bool = False,
) -> Language:
    """A language with keywords."""
    parts = {"k": keys, "c": comments, "s": strings, "t": types, "n": _NUMBER, "w": word}
    return Language(label, parts, has_types, any_case)


def _marks(label: str, **parts: str) -> Language:
    """A language without."""
    return Language(label, parts)


LANGUAGES: Final[Mapping[str, Language]] = {
    "bash": _code("Shell", rf"(?<![^\s;(]){_HASH}", f"{_DOUBLE}|{_RAW}", f"{_VARIABLE}|{_OPTION}", r"[A-Za-z_][\w-]*+"),
    "c": _code("C", keys=_DIRECTIVE),
    "clojure": _code("Clojure", r";[^\n]*+", _DOUBLE, r":[\w./?!*+<>=-]++", r"[A-Za-z_*+!?<>=/-][\w*+!?<>=/.-]*+"),
    "cpp": _code("C++", keys=_DIRECTIVE, has_types=True),
    "csharp": _code("C#", strings=rf'@"(?:[^"]++|"")*+"?+|\$?{_DOUBLE}|{_LETTER}', keys=_DIRECTIVE, has_types=True),
    "css": _marks(
        "CSS",
        c=_SLASHES,
        s=_BOTH,
        k=r"@[\w-]++|![a-z]++",
        t=r"(?:--|\$)?[A-Za-z_][\w-]*+(?=[ \t]*+:[^:{]*?[;\n}])",
        n=r"\#[\da-fA-F]{3,8}\b|[+-]?\b\d[\d.]*+(?:%|[a-z]{1,4}\b)?+",
        w=r"[\w-]++",
    ),
    "dart": _code("Dart", strings=_PYTHONIC, types=_AT, has_types=True),
    "diff": _marks("Diff", c=r"^(?:diff|index|---|\+\+\+)[^\n]*+", k=r"^@@[^\n]*+", i=r"^\+[^\n]*+", d=r"^-[^\n]*+"),
    "docker": _code("Dockerfile", _HASH_APART, _BOTH, f"{_VARIABLE}|{_OPTION}"),
    "elixir": _code("Elixir", _HASH, f"{_THREE_DOUBLE}|{_BOTH}", rf":\w++|{_AT}", has_types=True),
    "erlang": _code("Erlang", r"%[^\n]*+", _BOTH, has_types=True),
    "go": _code("Go", strings=f"{_DOUBLE}|{_LETTER}|`[^`]*+`?+"),
    "graphql": _code("GraphQL", _HASH, f"{_THREE_DOUBLE}|{_DOUBLE}", r"[@$]\w++", has_types=True),
    "haskell": _code(
        "Haskell", rf"{_DASHES}|\{{-(?:[^-]++|-(?!\}}))*+(?:-\}})?+", types="::|=>|->|<-", word=_PRIMED, has_types=True
    ),
    "html": _marks(
        "HTML",
        c=r"<!--(?:[^-]++|-(?!->))*+(?:-->)?+",
        k=r"</?[A-Za-z][\w:.-]*+|<[!?][A-Za-z]\w*+|/?>",
        t=r"[@:#A-Za-z_][\w:.@-]*+(?==[\"'{])",
        s=r"(?<==)(?:\"[^\"]*+\"?+|'[^']*+'?+)",
        n=r"&\#?\w{1,31};",
        w=r"[@:#A-Za-z_][\w:.@-]*+",
    ),
    "ini": _marks(
        "Settings",
        c=rf"^[ \t]*+[#;][^\n]*+|(?<=\s){_HASH}",
        k=r"^[ \t]*+\[[^\]\n]*+\]*+",
        t=r"^[ \t]*+(?:export[ \t]++)?+[\w.\"'-]++(?=[ \t]*+[=:])",
        s=_PYTHONIC,
        n=f"{_NUMBER}|{_TRUTH}",
        w=r"[\w.-]++",
    ),
    "java": _code("Java", strings=f"{_THREE_DOUBLE}|{_DOUBLE}|{_LETTER}", types=_AT, has_types=True),
    "javascript": _code(
        "JavaScript", strings=f"{_BOTH}|{_TICKS}", types=_AT, word=r"[^\W\d]\w*+|\$\w*+", has_types=True
    ),
    "json": _marks(
        "JSON",
        c=_SLASHES,
        t=rf"{_DOUBLE}(?=\s*+:)",
        s=_BOTH,
        n=rf"-?{_NUMBER}|{_TRUTH}",
        w=_WORD,
    ),
    "julia": _code(
        "Julia", _HASH, f"{_THREE_DOUBLE}|{_DOUBLE}|{_LETTER}", r"@\w++|:\w++", r"[^\W\d][\w!]*+", has_types=True
    ),
    "kotlin": _code("Kotlin", strings=f"{_THREE_DOUBLE}|{_DOUBLE}|{_LETTER}", types=_AT, has_types=True),
    "lua": _code(
        "Lua",
        rf"--\[\[(?:[^\]]++|\](?!\]))*+(?:\]\])?+|{_DASHES}",
        rf"{_BOTH}|\[\[(?:[^\]]++|\](?!\]))*+(?:\]\])?+",
    ),
    "make": _marks(
        "Makefile",
        c=_HASH,
        f=r"^[^\s:=#][^:=\n]*+(?=:(?!=))",
        t=r"\$[({][^)}\n]*+[)}]?+|\$.",
        k=r"^(?:\.PHONY|include|ifeq|ifneq|ifdef|else|endif|define|endef|export)\b",
        s=_BOTH,
    ),
    "markdown": _marks(
        "Markdown",
        k=r"^\#{1,6} [^\n]*+",
        c=r"^>[^\n]*+",
        s=r"`[^`\n]*+`?+",
        t=r"\[[^\[\]\n]*+\]\([^()\n]*+\)",
        n=r"^[ \t]*+(?:[-*+]|\d++[.)])(?= )",
    ),
    "matlab": _code("MATLAB", r"%[^\n]*+", rf"{_DOUBLE}|(?<![\w)\]}}'.]){_SINGLE}"),
    "nginx": _marks("nginx", c=_HASH, k="^[ \t]*+[a-z_]++", t=_VARIABLE, s=_BOTH, n=_NUMBER, w=r"[\w./-]++"),
    "ocaml": _code("OCaml", r"\(\*(?:[^*]++|\*(?!\)))*+(?:\*\))?+|//[^\n]*+", word=_PRIMED, has_types=True),
    "perl": _code("Perl", _HASH, _BOTH, r"[$@%][\w:]++"),
    "php": _code("PHP", rf"{_SLASHES}|\#(?!\[)[^\n]*+", _BOTH, r"\$\w++|<\?php|\?>", has_types=True),
    "powershell": _code(
        "PowerShell",
        rf"<\#(?:[^#]++|\#(?!>))*+(?:\#>)?+|{_HASH}",
        f"{_DOUBLE}|{_RAW}",
        rf"\$[\w:]++|{_OPTION}",
        any_case=True,
    ),
    "proto": _code("Protobuf", has_types=True),
    "python": _code("Python", _HASH, _PYTHONIC, rf"^[ \t]*+{_AT}", has_types=True),
    "r": _code("R", _HASH, _BOTH, r"<-|%[^%\s]*+%", r"[A-Za-z.][\w.]*+"),
    "ruby": _code("Ruby", _HASH, _BOTH, r"(?<![:\w]):\w++|@{1,2}\w++", r"[^\W\d]\w*+[?!]?+", has_types=True),
    "rust": _code("Rust", types=r"\#!?\[[^\]\n]*+\]?+|'\w++|\w++!(?=[(\[{])", has_types=True),
    "scala": _code("Scala", strings=f"{_THREE_DOUBLE}|{_DOUBLE}|{_LETTER}", types=_AT, has_types=True),
    "sql": _code("SQL", f"{_DASHES}|{_STARRED}", f"{_DOUBLED}|{_DOUBLE}", any_case=True),
    "swift": _code("Swift", strings=f"{_THREE_DOUBLE}|{_DOUBLE}", types=r"[@#]\w++", has_types=True),
    "terraform": _code("Terraform", f"{_SLASHES}|{_HASH}", _DOUBLE, r"^[ \t]*+[\w-]++(?=[ \t]*+=)"),
    "tex": _marks(
        "LaTeX",
        c=r"(?<!\\)%[^\n]*+",
        k=r"\\(?:[A-Za-z@]++\*?+|.)",
        s=r"\$\$?+(?:[^$\\]++|\\.)*+\$*+",
        n="[{}&]",
    ),
    "typescript": _code(
        "TypeScript", strings=f"{_BOTH}|{_TICKS}", types=_AT, word=r"[^\W\d]\w*+|\$\w*+", has_types=True
    ),
    "yaml": _marks(
        "YAML",
        c=_HASH_APART,
        t=rf"(?:{_DOUBLE}|'[^'\n]*+'|[\w.$/-]++)(?=[ \t]*+:(?!\S))",
        s=f"{_DOUBLE}|{_DOUBLED}",
        k=r"^---|^\.\.\.|[&*!][\w!./-]++",
        n=f"{_NUMBER}|{_TRUTH}",
        w=r"[\w.$/-]++",
    ),
    "zig": _code("Zig", types=r"@\w++", has_types=True),
}

_OTHER_NAMES = """
bash: sh shell zsh fish console shell-session shellsession terminal
c: h objective-c objc
clojure: clj cljs lisp common-lisp elisp emacs-lisp scheme racket
cpp: c++ cc cxx hpp cuda arduino glsl hlsl
csharp: c# cs dotnet
css: scss sass less
diff: patch
docker: dockerfile containerfile
elixir: ex exs
erlang: erl
go: golang
graphql: gql
haskell: hs
html: xml svg htm xhtml vue svelte astro jinja jinja2 django handlebars rss plist
ini: toml conf config cfg properties env dotenv editorconfig systemd
javascript: js jsx mjs cjs node nodejs
json: jsonc json5 jsonl ndjson geojson
julia: jl
kotlin: kt kts
make: makefile mk
markdown: md mdx
matlab: octave
ocaml: ml mli fsharp f# fs
perl: pl pm
powershell: ps1 ps pwsh
proto: protobuf proto3
python: py python3 py3 pyi starlark bazel
ruby: rb
rust: rs
sql: postgres postgresql pgsql plpgsql mysql sqlite mariadb tsql bigquery duckdb
terraform: tf hcl
tex: latex
typescript: ts tsx mts cts
yaml: yml
"""
OTHER_NAMES: Final[Mapping[str, str]] = {
    other: name
    for name, _, others in (line.partition(":") for line in _OTHER_NAMES.split("\n"))
    for other in others.split()
}
