"""Where a database is and who asks: one value for the driver, for PostgreSQL's own tools and for the log."""

import ssl
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, unquote

from app.core.errors import Misconfigured
from app.core.settings import Settings, Tls

PORT: Final = 5432
SCHEMES: Final = ("postgresql", "postgres")
_PORTS: Final = range(1, 65536)
_UNVERIFIED: Final = ("allow", "prefer")


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """One database, one role. Printing it never shows the password."""

    host: str
    port: int = PORT
    user: str
    password: str = field(default="", repr=False)
    database: str
    tls: Tls = "verify"
    authority: str = ""
    pooled: bool = False

    @property
    def is_socket(self) -> bool:
        """Whether the host is the directory of a Unix socket."""
        return self.host.startswith("/")

    @property
    def where(self) -> str:
        """Host and port, for a sentence."""
        if self.is_socket:
            return self.host
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def is_encrypted(self) -> bool:
        return self.tls == "verify" and not self.is_socket

    def __str__(self) -> str:
        return f"{self.user}@{self.where}/{self.database}"

    def of(self, *, user: str | None = None, database: str | None = None) -> "Address":
        """The same server for another role or another database."""
        return replace(self, user=user or self.user, database=database or self.database)

    def asyncpg(self) -> dict[str, Any]:
        """The driver's arguments. A pooler hands one connection to many: nothing may stick to it."""
        common = {"host": self.host, "port": self.port, "user": self.user, "password": self.password}
        sticking: dict[str, Any] = (
            {"statement_cache_size": 0} if self.pooled else {"server_settings": {"application_name": "commonplace"}}
        )
        return common | {"database": self.database, "ssl": self._tls_context()} | sticking

    def _tls_context(self) -> ssl.SSLContext | bool:
        if not self.is_encrypted:
            return False
        try:
            return ssl.create_default_context(cafile=self.authority or None)
        except OSError as unreadable:
            message = "The certificate authority %(file)s cannot be read. Correct sslrootcert in DATABASE_URL."
            raise Misconfigured(message, file=self.authority) from unreadable

    def libpq_environment(self) -> dict[str, str]:
        """What PostgreSQL's own tools read: in the environment, since a command line is open to everybody."""
        found = {
            "PGHOST": self.host,
            "PGPORT": str(self.port),
            "PGUSER": self.user,
            "PGPASSWORD": self.password,
            "PGDATABASE": self.database,
            "PGAPPNAME": "commonplace",
            "PGSSLMODE": "verify-full" if self.is_encrypted else "disable",
            "PGSSLROOTCERT": (self.authority or _system_authorities()) if self.is_encrypted else "",
        }
        return {name: value for name, value in found.items() if value}


def _system_authorities() -> str:
    """libpq before 16 does not know `system`, so it is given the file that means the same."""
    candidates = (ssl.get_default_verify_paths().cafile, "/etc/ssl/certs/ca-certificates.crt", "/etc/ssl/cert.pem")
    return next((file for file in candidates if file and Path(file).is_file()), "system")


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """The ways to one database.

    `app` may be a pooler, `direct` is the same role without one (for listening), `owner` changes the schema and takes
    backups, `maker` may make a database to try a backup in.
    """

    app: Address
    direct: Address
    owner: Address
    maker: Address | None = None


def addresses(settings: Settings) -> Addresses:
    """The ways to the database that the settings name. Not for the embedded one: its cluster knows its own."""
    app = _with_settings(_app_address(settings), settings)
    url = settings.database_direct_url
    direct = _with_settings(parsed(url, "DATABASE_DIRECT_URL"), settings) if url else app
    if direct.pooled:
        message = (
            "DATABASE_URL is a pooler, through which listening, migrations and backups do not work. "
            "Name the server itself in DATABASE_DIRECT_URL."
        )
        raise Misconfigured(message)
    return Addresses(app=app, direct=direct, owner=direct)


def _app_address(settings: Settings) -> Address:
    if settings.database_url:
        address = parsed(settings.database_url)
        return replace(address, pooled=address.pooled or settings.database_pooled)
    return Address(
        host=settings.database_host,
        port=settings.database_port,
        user=_given(settings.database_user, "DATABASE_USER", "a user"),
        password=settings.database_password,
        database=settings.database_name,
        pooled=settings.database_pooled,
    )


def _with_settings(address: Address, settings: Settings) -> Address:
    return replace(address, tls="off") if settings.database_tls == "off" else address


def parsed(url: str, name: str = "DATABASE_URL") -> Address:
    """The address in a URL, read from the right: a password may hold `@`, `/`, `:` and `?` as they are."""
    scheme, separator, rest = url.strip().partition("://")
    if not separator or scheme not in SCHEMES:
        message = "%(name)s must begin with postgresql://, for example postgresql://user:password@host/database."
        raise Misconfigured(message, name=name)
    rest, options = _without_options(rest)
    credentials, _, location = rest.rpartition("@")
    user, _, password = credentials.partition(":")
    place, _, database = location.partition("/")
    host, port = _host_and_port(place, name)
    return Address(
        host=_given(options.get("host") or unquote(host), name, "a host"),
        port=_port(options.get("port") or port, name),
        user=_given(options.get("user") or unquote(user), name, "a user"),
        password=options.get("password") or unquote(password),
        database=_given(options.get("dbname") or unquote(database), name, "a database"),
        tls=_tls(options.get("sslmode", ""), name),
        authority=_authority(options.get("sslrootcert", "")),
        pooled=options.get("pgbouncer", "") == "true",
    )


def _without_options(rest: str) -> tuple[str, dict[str, str]]:
    """What follows the last `?` is options, unless an `@` shows that it is still the password."""
    before, mark, after = rest.rpartition("?")
    if not mark or "@" in after:
        return rest, {}
    return before, dict(parse_qsl(after))


def _host_and_port(place: str, name: str) -> tuple[str, str]:
    if "," in place:
        raise Misconfigured("%(name)s names several hosts; name one.", name=name)
    if place.startswith("["):
        host, _, port = place[1:].partition("]")
        return host, port.removeprefix(":")
    host, _, port = place.partition(":")
    return host, port


def _port(text: str, name: str) -> int:
    if not text:
        return PORT
    if not text.isdecimal() or int(text) not in _PORTS:
        raise Misconfigured("%(name)s has no usable port: it must be a number up to 65535.", name=name)
    return int(text)


def _tls(mode: str, name: str) -> Tls:
    """`require` promises less than we do, so it is verified too; what would put up with an open line is refused."""
    if mode in _UNVERIFIED:
        message = (
            "%(name)s has sslmode=%(mode)s, which does not protect. Use verify-full, or disable to do without TLS."
        )
        raise Misconfigured(message, name=name, mode=mode)
    return "off" if mode == "disable" else "verify"


def _authority(file: str) -> str:
    """`system` is libpq's word for what is our default."""
    return "" if file == "system" else file


def _given(value: str, name: str, what: str) -> str:
    if not value:
        raise Misconfigured("%(name)s does not name %(what)s.", name=name, what=what)
    return value
