"""commonplace doctor: look at everything that can be wrong, and say of each what to do about it."""

import argparse
import asyncio
import json
import sys
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass
from typing import Final, Literal

from app import __version__, mail
from app.admin import service as admin
from app.ai import session as models
from app.auth.issuers import issuer_of
from app.auth.providers import providers
from app.cli.running import open_database, reachable
from app.core.clock import now
from app.core.errors import AppError
from app.core.secrets import master_secrets
from app.core.settings import Settings
from app.database import health
from app.database.address import Addresses
from app.database.bootstrap import OLDEST_VECTOR
from app.jobs import service as jobs
from app.providers.offers import shelf
from app.providers.sources import Source

State = Literal["ok", "warn", "fail"]
LATE: Final = 2  # backups that were left out
SIGNS: Final = {"ok": "ok  ", "warn": "warn", "fail": "FAIL"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    name: str
    state: State
    found: str
    remedy: str = ""
    help: str = ""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the command."""
    parser = commands.add_parser("doctor", help="look at everything, and say what to do")
    parser.add_argument("--json", action="store_true", help="for programs")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Exit code 1 where something has to be done."""
    findings = examined(settings)
    is_well = all(finding.state != "fail" for finding in findings)
    if args.json:
        print(json.dumps({"ok": is_well, "version": __version__, "checks": [asdict(each) for each in findings]}))
    else:
        _tell(findings, settings)
    return 0 if is_well else 1


def _tell(findings: list[Finding], settings: Settings) -> None:
    for each in findings:
        print(f"{SIGNS[each.state]}  {each.name:11} {each.found}")
        if each.remedy:
            print(f"{'':18}{each.remedy}")
        if each.help and each.state != "ok":
            print(f"{'':18}{settings.base_url}/help/{each.help}")
    sys.stdout.flush()


def examined(settings: Settings) -> list[Finding]:
    """Everything that was looked at. Without a database the rest is looked at all the same."""
    found = [_secret(settings), _disk(settings)]
    try:
        with reachable(settings) as there:
            found += asyncio.run(_inside(settings, there))
    except AppError as wrong:
        found.append(Finding("database", "fail", "it cannot be used", str(wrong), "troubleshooting"))
    return [*found, *asyncio.run(_outside(settings))]


def _secret(settings: Settings) -> Finding:
    file = settings.data_dir / "secret"
    if not settings.secret and file.exists() and file.stat().st_mode & 0o077:
        remedy = f"Close it: chmod 600 {file}"
        return Finding("secret", "fail", f"others can read {file}", remedy, "backup")
    try:
        master_secrets(settings.secret, settings.data_dir)
    except (AppError, OSError) as wrong:
        return Finding("secret", "fail", "there is no master secret", str(wrong), "settings")
    where = "COMMONPLACE_SECRET" if settings.secret else str(file)
    return Finding("secret", "ok", f"{where}; it is in no backup, so keep a copy")


def _disk(settings: Settings) -> Finding:
    disk = health.disk(settings.data_dir)
    found = f"{disk.free / 1e9:.1f} GB of {disk.total / 1e9:.1f} GB are free"
    if disk.is_low:
        return Finding(
            "disk", "fail", found, f"Make room under {settings.data_dir}: nothing is saved until then.", "tuning"
        )
    if disk.free < 4 * disk.limit:
        return Finding("disk", "warn", found, f"Make room under {settings.data_dir} soon.", "tuning")
    return Finding("disk", "ok", found)


# The database ---------------------------------------------------------------------------------------------------------


async def _inside(settings: Settings, there: Addresses) -> list[Finding]:
    async with open_database(settings, there):
        found = [finding async for finding in _of_database(settings)]
        if all(finding.state == "ok" for finding in found if finding.name == "migrations"):
            found += [finding async for finding in _of_rows(settings)]
    return found


async def _of_database(settings: Settings) -> AsyncIterator[Finding]:
    database = await health.database()
    milliseconds = database.answered_in * 1000
    yield Finding("database", "ok", f"PostgreSQL {database.version} answers in {milliseconds:.1f} ms")
    oldest = ".".join(map(str, OLDEST_VECTOR))
    yield Finding("extension", "ok", f"pgvector {database.vector} (at least {oldest} is needed)")
    yield await _migrations()
    yield await _pool(settings)


async def _migrations() -> Finding:
    pending = await health.pending()
    if pending and not await health.newest():
        return Finding("migrations", "warn", "the database is new", "The next start prepares it.", "migrations")
    if pending:
        return Finding(
            "migrations",
            "fail",
            f"{len(pending)} have not run, the next is {pending[0]}",
            "Run them: commonplace migrate",
            "migrations",
        )
    return Finding("migrations", "ok", "all have run")


async def _pool(settings: Settings) -> Finding:
    most, used = await health.room()
    needed = settings.pool[0] * settings.workers
    found = f"{needed} connections for {settings.workers} process(es); the server allows {most}, {used} are in use"
    if needed > most:
        remedy = "Lower COMMONPLACE_POOL_MAX, raise max_connections there, or put a pooler in between."
        return Finding("pool", "fail", found, remedy, "tuning")
    if needed > most - used:
        return Finding("pool", "warn", found, "Others use the server too: lower COMMONPLACE_POOL_MAX.", "tuning")
    return Finding("pool", "ok", found)


async def _of_rows(settings: Settings) -> AsyncIterator[Finding]:
    yield await _administrators(settings)
    yield await _jobs()
    yield _backups(settings)


async def _administrators(settings: Settings) -> Finding:
    count = await admin.administrators()
    if count:
        return Finding("people", "ok", f"{count} administrator(s)")
    how = "commonplace user add ADDRESS --role ADMIN" if settings.has_provider else "the link that commonplace prints"
    return Finding("people", "warn", "there is no administrator yet", f"Make one with {how}.", "sign-in")


async def _jobs() -> Finding:
    figures = await jobs.figures()
    dead = figures.counts["DEAD"]
    found = f"{figures.counts['READY']} waiting, {dead} given up"
    if dead:
        return Finding("jobs", "warn", found, "Look at them under /admin/jobs?state=DEAD, then run or delete them.")
    if figures.longest_wait > 600:  # noqa: PLR2004 - ten minutes are longer than any queue should be
        remedy = "Nobody takes them: start the server, or commonplace work."
        return Finding("jobs", "warn", f"{found}, the oldest for {figures.longest_wait:.0f} s", remedy)
    return Finding("jobs", "ok", found)


def _backups(settings: Settings) -> Finding:
    hours, kept = settings.backup_every_hours, admin.backups()
    if not hours:
        return Finding("backups", "warn", "they are switched off", "Set COMMONPLACE_BACKUP_EVERY_HOURS.", "backup")
    if not kept:
        return Finding("backups", "warn", "there is none yet", "Make one now: commonplace backup", "backup")
    age = (now() - kept[0].made_at).total_seconds() / 3600
    if age > hours * LATE:
        return Finding(
            "backups", "warn", f"the newest is {age:.0f} hours old", "Is a server or worker running?", "backup"
        )
    return Finding("backups", "ok", f"{len(kept)} kept, the newest is {age:.1f} hours old")


# What lies outside ----------------------------------------------------------------------------------------------------


async def _outside(settings: Settings) -> list[Finding]:
    return [*await _sign_in(settings), await _mail(settings), *await _models()]


async def _sign_in(settings: Settings) -> list[Finding]:
    found = providers(settings)
    if not found:
        how = "links by mail" if settings.smtp_url else "the console's link"
        remedy = "" if settings.smtp_url else "Set up a provider or a mail server before others join."
        return [Finding("sign-in", "ok" if settings.smtp_url else "warn", f"people come by {how}", remedy, "sign-in")]
    findings = []
    for provider in found.values():
        try:
            if provider.fixed is None:
                await issuer_of(provider).endpoints()
            findings.append(Finding("sign-in", "ok", f"{provider.name} is set up"))
        except AppError as wrong:
            findings.append(Finding("sign-in", "fail", f"{provider.name} does not work", str(wrong), "sign-in"))
    return [*findings, *_cookies(settings)]


def _cookies(settings: Settings) -> list[Finding]:
    if settings.is_https or settings.profile != "production":
        return []
    remedy = "Set COMMONPLACE_PUBLIC_URL to the https:// address that browsers use."
    return [Finding("sign-in", "warn", "cookies go over plain HTTP", remedy, "sign-in")]


async def _mail(settings: Settings) -> Finding:
    if not settings.smtp_url:
        remedy = "Set COMMONPLACE_SMTP_URL, for sign-in links and invitations by mail."
        return Finding("mail", "warn", "no mail server is set up", remedy, "sign-in")
    try:
        await mail.check()
    except AppError as wrong:
        return Finding(
            "mail", "fail", "the mail server cannot be used", f"{wrong} Look at COMMONPLACE_SMTP_URL.", "sign-in"
        )
    return Finding("mail", "ok", "the mail server lets us in")


async def _models() -> list[Finding]:
    try:
        found = [await _provider(source) for source in await shelf.common()]
    finally:
        await models.close()
    return found or [Finding("models", "ok", "no provider is set up or runs here, so Recall answers")]


async def _provider(source: Source) -> Finding:
    offer = await shelf.offer(source.endpoint)
    if offer.problem is not None:
        return Finding("models", "warn", f"{source.name} does not work", str(offer.problem), "models")
    return Finding("models", "ok", f"{source.name} has {len(offer.models)} model(s)")
