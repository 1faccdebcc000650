"""commonplace user: people, from the terminal. Whoever may type here may do all of it, and it is written down."""

import argparse
from collections.abc import Awaitable, Callable
from uuid import UUID

from app.auth import links, people, registration
from app.auth.people import Listed, Profile
from app.auth.registration import Newcomer
from app.cli.running import database, within
from app.core.asker import Role
from app.core.errors import Conflict, NotFound
from app.core.ids import parse_id
from app.core.paging import LARGEST_PAGE, Cursor
from app.core.settings import Settings

CONSOLE = "console"
ROLES: tuple[Role, ...] = ("STUDENT", "DEVELOPER", "TEAM_LEAD", "ADMIN")
Work = Callable[[argparse.Namespace], Awaitable[str]]


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the command with its own commands."""
    parser = commands.add_parser("user", help="list people, promote, deactivate, make sign-in links")
    words = parser.add_subparsers(title="what to do", metavar="WHAT", required=True)
    listing = words.add_parser("list", help="everybody, or those whose name or address has WORDS")
    listing.add_argument("words", nargs="?", default="", metavar="WORDS")
    listing.set_defaults(run=_doing(_list))
    new = _about_somebody(words, "add", "make an account, and a link that signs in once", _add)
    new.add_argument("--name", default="", help="what to call them")
    new.add_argument("--role", choices=ROLES, default="DEVELOPER", help="DEVELOPER without it")
    promoting = _about_somebody(words, "promote", "give another role", _promote)
    promoting.add_argument("--role", choices=ROLES, default="ADMIN", help="ADMIN without it")
    demoting = _about_somebody(words, "demote", "take a role back", _promote)
    demoting.add_argument("--role", choices=ROLES, default="DEVELOPER", help="DEVELOPER without it")
    _about_somebody(words, "deactivate", "close an account, and sign it out everywhere", _deactivate)
    _about_somebody(words, "reactivate", "open it again", _reactivate)
    _about_somebody(words, "link", "print a link that signs this person in once, within 15 minutes", _link)


def _about_somebody(
    words: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, told: str, work: Work
) -> argparse.ArgumentParser:
    parser = words.add_parser(name, help=told)
    parser.add_argument("who", metavar="ADDRESS", help="mail address, or id")
    parser.set_defaults(run=_doing(work))
    return parser


def _doing(work: Work) -> Callable[[argparse.Namespace, Settings], int]:
    """Do it with a database, and print what came of it."""

    def run(args: argparse.Namespace, settings: Settings) -> int:
        with database(settings) as there:
            print(within(settings, there, lambda: work(args)))
        return 0

    return run


async def _list(args: argparse.Namespace) -> str:
    found: list[Listed] = []
    after: Cursor | None = None
    while True:
        page = await people.listed(args.words, after, LARGEST_PAGE)
        found += page.rows
        after = page.next
        if after is None:
            return "\n".join(map(_line, found)) or "Nobody"


def _line(person: Listed) -> str:
    state = "" if person.is_active else "closed"
    seen = f"{person.last_seen_at:%Y-%m-%d}" if person.last_seen_at else "never"
    return f"{person.id}  {person.role:9}  {person.email:32}  seen {seen:10}  {person.name}  {state}".rstrip()


async def _add(args: argparse.Namespace) -> str:
    """The operator vouches for the address, so that mail and providers may open the account."""
    newcomer = Newcomer(address=args.who, how="command", is_verified=True, name=args.name)
    user_id = await registration.join(newcomer, args.role)
    return f"{args.who} is {args.role} now\n{await links.link_for(user_id)}"


async def _promote(args: argparse.Namespace) -> str:
    person = await _somebody(args.who)
    await people.set_role(CONSOLE, person.id, args.role)
    return f"{person.email} is {args.role} now"


async def _deactivate(args: argparse.Namespace) -> str:
    person = await _somebody(args.who)
    await people.deactivate(CONSOLE, person.id)
    return f"{person.email} is closed, and signed out everywhere"


async def _reactivate(args: argparse.Namespace) -> str:
    person = await _closed(args.who)
    await people.reactivate(CONSOLE, person)
    return f"{args.who} is open again"


async def _link(args: argparse.Namespace) -> str:
    return await links.link_for((await _somebody(args.who)).id)


async def _somebody(who: str) -> Profile:
    """The open account with this id or address."""
    known = await people.profile(given) if (given := parse_id(who)) else await people.at_address(who)
    if known is None or not known.is_active:
        raise NotFound("There is no open account %(who)s. commonplace user list shows everybody.", who=who)
    return known


async def _closed(who: str) -> UUID:
    """The closed account with this id or address. Several may have had one address; then it takes the id."""
    given = parse_id(who)
    if given is not None:
        return given
    page = await people.listed(who, size=LARGEST_PAGE)
    found = [each.id for each in page.rows if not each.is_active and each.email.lower() == who.lower()]
    if not found:
        raise NotFound("There is no closed account %(who)s. commonplace user list shows everybody.", who=who)
    if len(found) > 1:
        raise Conflict("Several closed accounts had the address %(who)s. Name one by its id.", who=who)
    return found[0]
