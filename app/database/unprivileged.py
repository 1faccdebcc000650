"""Who PostgreSQL runs as. It refuses to run as root, and rightly so.

For root the choice is: whoever owns the cluster already; a system user named `commonplace`; else a number that belongs
to nobody. A number is enough for a server and takes no useradd, which many containers lack; it is not `nobody`, whose
processes are many. Only `initdb` insists on a user with a name: it runs as `nobody` in the private group of that
number, inside a directory that only this group may enter, and what it made is handed over afterwards.
"""

import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app.core.errors import Misconfigured

NAME: Final = "commonplace"
UNUSED: Final = range(60532, 60578)  # systemd's table of user ids calls these unused


@dataclass(frozen=True, slots=True)
class Runner:
    """The user and group of the server, and the user that may create its cluster."""

    user: int
    group: int
    creator: int


def runner(cluster: Path) -> Runner | None:
    """Who runs this cluster; None is whoever we are."""
    if os.geteuid() != 0:
        return None
    if cluster.is_dir():
        return _owner(cluster)
    with_name = _known(NAME)
    if with_name is not None:
        return Runner(with_name.pw_uid, with_name.pw_gid, with_name.pw_uid)
    return _without_name()


def _owner(cluster: Path) -> Runner:
    owner = cluster.stat()
    if owner.st_uid == 0:
        message = (
            "%(path)s belongs to root, but PostgreSQL does not run as root. Give it to another user with chown -R."
        )
        raise Misconfigured(message, path=cluster)
    return Runner(owner.st_uid, owner.st_gid, owner.st_uid)


def _without_name() -> Runner:
    nobody = _known("nobody")
    taken = {entry.pw_uid for entry in pwd.getpwall()}
    free = next((number for number in UNUSED if number not in taken), None)
    if nobody is None or free is None:
        message = "There is no user that PostgreSQL could run as. Make one: useradd --system %(name)s."
        raise Misconfigured(message, name=NAME)
    return Runner(free, free, nobody.pw_uid)


def _known(name: str) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None


def check_passage(path: Path, who: Runner) -> None:
    """Every directory above must let the server through. Opening one that others made is not ours to do."""
    for directory in reversed(path.absolute().parents):
        if not _may_enter(directory.stat(), who):
            message = (
                "PostgreSQL runs as user %(user)s here and may not enter %(directory)s. "
                "Choose a place outside of it with --data, or allow it: chmod o+x %(directory)s."
            )
            raise Misconfigured(message, user=who.user, directory=directory)


def _may_enter(found: os.stat_result, who: Runner) -> bool:
    if found.st_uid == who.user:
        return bool(found.st_mode & stat.S_IXUSR)
    if found.st_gid == who.group:
        return bool(found.st_mode & stat.S_IXGRP)
    return bool(found.st_mode & stat.S_IXOTH)
