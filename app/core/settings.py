"""Everything that an operator can set, read once from the environment and `.env`, and never changed after.

Each field carries its own line of documentation; the table in the README and the guide are drawn from here.
"""

import difflib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, get_args, get_origin
from urllib.parse import urlsplit

from app.core.errors import Misconfigured

Profile = Literal["development", "test", "production"]
Registration = Literal["closed", "invitation", "domain", "open"]
NewcomersRole = Literal["STUDENT", "DEVELOPER", "TEAM_LEAD"]
Tls = Literal["verify", "off"]

POOLS: Mapping[str, tuple[int, int]] = {"development": (10, 2), "test": (5, 1), "production": (20, 5)}
PREFIX = "COMMONPLACE_"
HIGHEST_PORT = 65535


def _doc(text: str, default: Any = None, *, name: str = "", secret: bool = False) -> Any:
    return field(default=default, metadata={"doc": text, "name": name, "secret": secret})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What this instance runs with."""

    profile: Profile = _doc("How it runs: pool sizes, strictness, logging", "development")
    data_dir: Path = _doc("Where the embedded database, the master secret and backups live", Path())
    secret: tuple[str, ...] = _doc("Master secrets, newest first, separated by spaces", (), secret=True)
    host: str = _doc("Address to listen on", "127.0.0.1")
    port: int = _doc("Port to listen on", 8080)
    workers: int = _doc("Server processes", 1)
    public_url: str = _doc("How browsers reach it, for links and cookies; https here makes cookies Secure", "")
    allowed_hosts: tuple[str, ...] = _doc("Further host names that are answered, separated by spaces", ())
    trusted_proxies: tuple[str, ...] = _doc("Networks whose X-Forwarded-* headers count (CIDR)", ())

    database_url: str = _doc("PostgreSQL to use in place of the embedded one", "", name="DATABASE_URL", secret=True)
    database_direct_url: str = _doc(
        "The same without a pooler, for migrations and listening", "", name="DATABASE_DIRECT_URL", secret=True
    )
    database_host: str = _doc("Host, where no URL is given", "", name="DATABASE_HOST")
    database_port: int = _doc("Port, where no URL is given", 5432, name="DATABASE_PORT")
    database_user: str = _doc("User, where no URL is given", "", name="DATABASE_USER")
    database_password: str = _doc("Password, in any characters", "", name="DATABASE_PASSWORD", secret=True)
    database_name: str = _doc("Database, where no URL is given", "commonplace", name="DATABASE_NAME")
    database_tls: Tls = _doc("verify (the certificate is checked) or off", "verify", name="DATABASE_TLS")
    database_pooled: bool = _doc("DATABASE_URL is a pooler in transaction mode", default=False, name="DATABASE_POOLED")
    pool_max: int = _doc("Most connections of one process; 0 takes the profile's", 0)
    pool_min: int = _doc("Connections kept open; 0 takes the profile's", 0)
    slow_query_ms: int = _doc("A query that takes longer is counted as slow", 100)
    log_queries: bool = _doc("Log every query with its duration, parameters redacted", default=False)
    log_level: Literal["debug", "info", "warning", "error"] = _doc("Least level that is logged", "info")
    log_format: Literal["text", "json"] = _doc("How a line of the log looks", "text")

    registration: Registration = _doc("Who may join: closed, invitation, domain, open", "closed")
    registration_domains: tuple[str, ...] = _doc("Mail domains that may join, with registration=domain", ())
    registration_role: NewcomersRole = _doc("Role of those who join by themselves", "DEVELOPER")
    contact: str = _doc("Whom to ask for an account, as the sign-in page puts it: a name, an address", "")
    google_client_id: str = _doc("Sign-in with Google", "")
    google_client_secret: str = _doc("Sign-in with Google", "", secret=True)
    github_client_id: str = _doc("Sign-in with GitHub", "")
    github_client_secret: str = _doc("Sign-in with GitHub", "", secret=True)
    oidc_issuer: str = _doc("Sign-in with any OpenID Connect issuer: its address", "")
    oidc_client_id: str = _doc("Sign-in with that issuer", "")
    oidc_client_secret: str = _doc("Sign-in with that issuer", "", secret=True)
    oidc_name: str = _doc("What the button calls that issuer", "OpenID")
    oidc_scopes: str = _doc("Scopes asked of that issuer", "openid profile email")
    oidc_at_hash: bool = _doc("That issuer's ID tokens must carry at_hash", default=False)
    link_verified_email: bool = _doc("A verified address of a provider opens the account that has it", default=True)
    clerk_webhook_secret: str = _doc("Signing secret of Clerk's webhooks", "", name="CLERK_WEBHOOK_SECRET", secret=True)

    openai_api_key: str = _doc("Models of OpenAI: the key", "", name="OPENAI_API_KEY", secret=True)
    openai_base_url: str = _doc("Where OpenAI's models are asked for, if not at OpenAI", "", name="OPENAI_BASE_URL")
    anthropic_api_key: str = _doc("Models of Anthropic: the key", "", name="ANTHROPIC_API_KEY", secret=True)
    groq_api_key: str = _doc("Models of Groq: the key", "", name="GROQ_API_KEY", secret=True)
    gemini_api_key: str = _doc("Models of Google Gemini: the key", "", name="GEMINI_API_KEY", secret=True)
    mistral_api_key: str = _doc("Models of Mistral: the key", "", name="MISTRAL_API_KEY", secret=True)
    openrouter_api_key: str = _doc("Models of OpenRouter: the key", "", name="OPENROUTER_API_KEY", secret=True)
    deepseek_api_key: str = _doc("Models of DeepSeek: the key", "", name="DEEPSEEK_API_KEY", secret=True)
    xai_api_key: str = _doc("Models of xAI: the key", "", name="XAI_API_KEY", secret=True)
    model_urls: tuple[str, ...] = _doc(
        "Further servers with OpenAI's protocol, separated by spaces: https://name:key@host/v1", (), secret=True
    )
    find_local_models: bool = _doc("Look on this machine for Ollama, LM Studio, vLLM and llama.cpp", default=True)

    attachments_dir: Path = _doc(
        "Directory for files that are attached; else they are in the database, and in its backups", Path()
    )

    smtp_url: str = _doc("Mail server: smtp://user:password@host:587 or smtps://…", "", secret=True)
    mail_from: str = _doc("Sender of mail", "Commonplace <commonplace@localhost>")

    push_hosts: tuple[str, ...] = _doc(
        "Push services behind a wall that may be reached: host:port, separated by spaces", ()
    )

    metrics: Literal["off", "admin", "open"] = _doc("Who may read /metrics", "off")
    jobs: Literal["here", "apart"] = _doc("Background jobs run in the server, or apart in `commonplace work`", "here")
    backup_every_hours: int = _doc("Hours between automatic backups; 0 switches them off", 24)
    backup_keep: int = _doc("Backups that are kept", 7)
    import_most_mb: int = _doc("Largest file of conversations that can be brought along, in MB", 1000)
    erase_after_days: int = _doc("Days between deactivation and erasure", 30)

    @property
    def pool(self) -> tuple[int, int]:
        """Most and least connections."""
        most, least = POOLS[self.profile]
        return self.pool_max or most, self.pool_min or min(least, self.pool_max or least)

    @property
    def is_embedded(self) -> bool:
        return not (self.database_url or self.database_host)

    @property
    def base_url(self) -> str:
        return self.public_url.rstrip("/") or f"http://127.0.0.1:{self.port}"

    @property
    def is_https(self) -> bool:
        return self.base_url.startswith("https://")

    @property
    def has_provider(self) -> bool:
        return bool(self.google_client_id or self.github_client_id or self.oidc_issuer)


@dataclass(frozen=True, slots=True)
class Described:
    """One line of the settings table."""

    name: str
    doc: str
    default: str
    secret: bool


def variable(name: str, given: str = "") -> str:
    """The environment variable of a field."""
    return given or PREFIX + name.upper()


def described() -> list[Described]:
    """Every setting, as the tables show it."""
    return [
        Described(variable(f.name, f.metadata["name"]), f.metadata["doc"], _shown(f.default), f.metadata["secret"])
        for f in fields(Settings)
    ]


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value in ("", (), Path()):
        return ""
    return str(value)


def read(environment: Mapping[str, str] | None = None, *, dotenv: Path | None = None, **given: Any) -> Settings:
    """The settings in `.env`, the environment and then `given`; each wins over what stands before it."""
    values = {**dotenv_values(dotenv or Path(".env")), **(os.environ if environment is None else environment)}
    known = {variable(f.name, f.metadata["name"]): f for f in fields(Settings)}
    _refuse_unknown(values, known)
    found = {f.name: _parsed(name, f.type, values[name]) for name, f in known.items() if values.get(name, "") != ""}
    found |= {key: value for key, value in given.items() if value is not None}
    found.setdefault("data_dir", default_data_dir(values))
    return checked(Settings(**found))


def default_data_dir(values: Mapping[str, str]) -> Path:
    """Root's data belongs to the machine, everybody else's to their own home."""
    if os.geteuid() == 0:
        return Path("/var/lib/commonplace")
    home = Path(values.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    return home / "commonplace"


def dotenv_values(file: Path) -> dict[str, str]:
    """The lines `NAME=value` of a file, where there is one; quotes around a value are dropped."""
    if not file.is_file():
        return {}
    lines = (line.strip().removeprefix("export ") for line in file.read_text().splitlines())
    pairs = (line.partition("=") for line in lines if "=" in line and not line.startswith("#"))
    return {name.strip(): _unquoted(value.strip()) for name, _, value in pairs}


def _unquoted(value: str) -> str:
    quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "\"'"
    return value[1:-1] if quoted else value


def _refuse_unknown(values: Mapping[str, str], known: Mapping[str, Any]) -> None:
    unknown = sorted(name for name in values if name.startswith(PREFIX) and name not in known)
    if unknown:
        names = {name.removeprefix(PREFIX): name for name in known}
        close = difflib.get_close_matches(unknown[0].removeprefix(PREFIX), names, n=1)
        hint = f" Did you mean {names[close[0]]}?" if close else " Remove it."
        message = f"There is no setting {unknown[0]}.{hint}"
        raise Misconfigured(message)


def _parsed(name: str, kind: Any, text: str) -> Any:
    try:
        return _value(kind, text)
    except ValueError as wrong:
        message = f"{name} is {text!r}, but it must be {wrong}."
        raise Misconfigured(message) from None


_TRUTHS = {"yes": True, "true": True, "1": True, "on": True, "no": False, "false": False, "0": False, "off": False}


def _value(kind: Any, text: str) -> Any:
    if get_origin(kind) is Literal:
        return _choice(get_args(kind), text)
    if kind is bool:
        return _TRUTHS[_choice(tuple(_TRUTHS), text.lower())]
    if kind is int:
        return _number(text)
    if get_origin(kind) is tuple:
        return tuple(text.replace(",", " ").split())
    return Path(text).expanduser().absolute() if kind is Path else text


def _choice(allowed: tuple[str, ...], text: str) -> str:
    if text not in allowed:
        message = "one of " + ", ".join(allowed)
        raise ValueError(message)
    return text


def _number(text: str) -> int:
    if not text.isdecimal():
        message = "a whole number"
        raise ValueError(message)
    return int(text)


def checked(settings: Settings) -> Settings:
    """The same settings, if they can work together."""
    most, least = settings.pool
    rules = {
        f"COMMONPLACE_PORT must be at most {HIGHEST_PORT}.": settings.port <= HIGHEST_PORT,
        "COMMONPLACE_WORKERS must be at least 1.": settings.workers >= 1,
        "COMMONPLACE_POOL_MIN must not exceed COMMONPLACE_POOL_MAX.": least <= most,
        "COMMONPLACE_PUBLIC_URL must begin with http:// or https://.": settings.public_url == ""
        or settings.public_url.startswith(("http://", "https://")),
        "OPENAI_BASE_URL must begin with http:// or https://.": settings.openai_base_url == ""
        or _is_address(settings.openai_base_url),
        "COMMONPLACE_MODEL_URLS takes addresses such as https://name:key@host/v1, separated by spaces.": all(
            _is_address(url) for url in settings.model_urls
        ),
        "COMMONPLACE_REGISTRATION_DOMAINS must name a domain when COMMONPLACE_REGISTRATION is domain.": (
            settings.registration != "domain" or bool(settings.registration_domains)
        ),
        "COMMONPLACE_SECRET must be set together with DATABASE_URL: every host needs the same one. "
        "Make one with: python3 -c 'import secrets; print(secrets.token_urlsafe(32))'": settings.is_embedded
        or bool(settings.secret),
    }
    for sentence, holds in rules.items():
        if not holds:
            raise Misconfigured(sentence)
    return settings


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        return False


_current: list[Settings] = []


def adopt(settings: Settings) -> Settings:
    """Make these the settings of this process: once, at start, or for one test."""
    _current[:] = [settings]
    return settings


def settings() -> Settings:
    """The settings of this process, read at first need."""
    return _current[0] if _current else adopt(read())
