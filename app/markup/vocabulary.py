"""The keywords of each language whose code is coloured."""

from collections.abc import Mapping
from functools import cache
from typing import Final

# What begins with a plus is a language above whose words count too.
_TEXT: Final = """
bash: alias break case cd continue declare do done echo elif else esac eval exec exit export fi for function if in
local readonly return select set shift source sudo then trap unset until while

c: auto bool break case char const continue default do double else enum extern float for goto if inline int long
register return short signed sizeof static struct switch typedef union unsigned void volatile while

clojure: and assoc begin case cond def defclass define defmacro defmethod defn defparameter defprotocol defrecord
defun defvar do doseq else fn for if lambda let letfn loop ns or progn quote recur require set setf throw try unless
when

cpp: +c alignas catch class co_await co_return co_yield concept consteval constexpr decltype delete explicit export
final friend mutable namespace new noexcept operator override private protected public requires static_assert template
this throw try typename using virtual

docker: ADD ARG AS CMD COPY ENTRYPOINT ENV EXPOSE FROM HEALTHCHECK LABEL ONBUILD RUN SHELL STOPSIGNAL USER VOLUME
WORKDIR

elixir: after alias and case catch cond def defimpl defmacro defmodule defp defprotocol defstruct do else end fn for
if import in not or quote raise receive require rescue try unless unquote use when with

erlang: after and andalso begin case catch div end fun if not of or orelse receive rem try when xor

go: any bool break byte case chan const continue default defer else error fallthrough float32 float64 for func go goto
if import int int16 int32 int64 int8 interface map package range return rune select string struct switch type uint
uint16 uint32 uint64 uint8 uintptr var

graphql: directive enum extend fragment implements input interface mutation on query scalar schema subscription type
union

haskell: as case class data deriving do else family forall foreign hiding if import in infix infixl infixr instance
let module newtype of qualified then type where

java: abstract assert boolean break byte case catch char class continue default do double else enum extends final
finally float for if implements import instanceof int interface long native new package permits private protected
public record return sealed short static strictfp super switch synchronized this throw throws transient try var void
volatile while yield

csharp: +java as async await base bool checked const decimal delegate event explicit extern fixed foreach get goto
implicit in init internal is lock namespace object operator out override params partial readonly ref required sbyte
set sizeof stackalloc string struct typeof uint ulong unchecked unsafe ushort using value virtual when where

dart: +java as async await covariant deferred dynamic export external factory get hide in is late library mixin of on
operator part required rethrow set show sync typedef with

javascript: as async await break case catch class const continue debugger default delete do else export extends
finally for from function get if import in instanceof let new of return set static super switch this throw try typeof
var void while with yield

julia: abstract baremodule begin break catch const continue do else elseif end export finally for function global if
import in let local macro module mutable primitive quote return struct try type using where while

kotlin: abstract as break by catch class companion constructor continue crossinline data do else enum expect external
final finally for fun get if import in infix init inline inner interface internal is lateinit noinline object open
operator out override package private protected public reified return sealed set super suspend tailrec this throw try
typealias val value var vararg when where while

lua: and break do else elseif end for function goto if in local not or repeat return self then until while

matlab: break case catch classdef continue else elseif end for function global if methods otherwise parfor persistent
properties return switch try while

ocaml: and as assert async begin class do done downto else end exception external for fun function functor if in
include inherit lazy let match member method module mutable namespace new object of open or override rec sig static
struct then to try type use val virtual when while with yield

perl: and cmp die do each else elsif eq for foreach ge gt if keys last le local lt my ne next no not or our package
print push redo require return say shift sub unless until use values while

php: abstract and array as break callable case catch class clone const continue declare default do echo else elseif
empty enum extends final finally fn for foreach function global if implements include instanceof interface isset list
match namespace new or print private protected public readonly require require_once return self static switch throw
trait try unset use var while yield

powershell: begin break catch class continue do else elseif end enum exit filter finally for foreach from function if
in param process return switch throw trap try until using while

proto: bool bytes double enum extend fixed32 fixed64 float import int32 int64 map message oneof option optional
package repeated required reserved returns rpc service stream string syntax uint32 uint64

python: and as assert async await break case class continue def del elif else except finally for from global if import
in is lambda match nonlocal not or pass raise return try type while with yield

r: break else for function if in library next repeat require return while

ruby: alias and attr_accessor attr_reader begin break case class def do else elsif end ensure extend for if in include
module next not or private protected public raise redo require require_relative rescue retry return self super then
undef unless until when while yield

rust: Self as async await bool break char const continue crate dyn else enum extern f32 f64 fn for i128 i16 i32 i64 i8
if impl in isize let loop macro_rules match mod move mut pub ref return self static str struct super trait type u128
u16 u32 u64 u8 union unsafe use usize where while

scala: abstract case catch class def do else enum extends extension final finally for given if implicit import lazy
match new object override package private protected return sealed super then this throw trait try type using val var
while with yield

sql: add all alter analyze and any as asc begin between bigint boolean by bytea cascade case cast char check column
commit constraint create cross current_date current_timestamp database date decimal default delete desc distinct do
double drop else end except exists explain false fetch filter first float following for foreign from full function
grant group having if ilike in index inner insert int integer intersect interval into is join json jsonb key last
lateral left like limit lock materialized natural not nothing null nulls numeric offset on or order outer over
partition preceding precision primary procedure range real recursive references rename replace returning returns
revoke right rollback row rows schema select sequence serial set show smallint some table temporary text then time
timestamp timestamptz to transaction trigger true truncate unbounded union unique update using uuid values varchar
view when where window with

swift: Self actor any as associatedtype async await break case catch class continue default defer deinit do else enum
extension fallthrough fileprivate final for func get guard if import in indirect init inout internal is lazy let
mutating nil open operator override private protocol public repeat required rethrows return self set some static
struct subscript super switch throw throws try typealias var weak where while

terraform: count data dynamic for for_each if in locals module output provider resource terraform variable

typescript: +javascript abstract any asserts bigint boolean declare enum implements infer interface is keyof namespace
never number override private protected public readonly satisfies string symbol type unique unknown

zig: align allowzero and anyframe anytype asm async await bool break catch comptime const continue defer else enum
errdefer error export extern f32 f64 fn for i32 i64 if inline noalias opaque or orelse packed pub resume return struct
suspend switch test threadlocal try u16 u32 u64 u8 union unreachable usingnamespace usize var void volatile while
"""


@cache
def vocabulary() -> Mapping[str, frozenset[str]]:
    """The words by the name of their language."""
    found: dict[str, frozenset[str]] = {}
    for paragraph in _TEXT.strip().split("\n\n"):
        name, _, text = paragraph.partition(":")
        words = text.split()
        found[name] = frozenset(words).union(*(found[word[1:]] for word in words if word[0] == "+"))
    return found
