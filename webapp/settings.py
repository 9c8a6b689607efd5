"""Typed, frozen settings: the only reader of the environment, and it names every fault at once."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from webapp.core.errors import OperatorError
from webapp.mail.esp.smtp_url import read_smtp_url

CHECKOUT = Path(__file__).resolve().parent.parent
SERVICES_FILE = CHECKOUT / "var" / "services.json"
NAMES = (
    "DATABASE_URL",
    "REDIS_URL",
    "SMTP_URL",
    "MAILBOX_URL",
    "PUBLIC_URL",
    "SECRET_KEY",
    "SECRET_KEY_OLD",
    "PORT",
    "POSTROOM_DEMO",
    "POSTROOM_INBOX",
    "POSTROOM_JOURNAL",
    "POSTROOM_LOG",
    "POSTROOM_PROXIES",
)
SHORTEST_SECRET = 32  # characters


@dataclass(frozen=True, slots=True)
class Settings:
    """What this installation was told.

    Args:
        database_url: SQLAlchemy URL of a PostgreSQL database.
        redis_url: URL of a Redis-compatible server.
        smtp_url: the carrier for senders without one of their own, ``smtp://user:password@host:port?...``.
        public_url: where recipients reach this Postroom, without a slash at the end.
        secret_keys: the current secret first, then older ones that still verify links in letters.
        is_demo: the demo's inbox and sign-ins exist.
        inbox_path: the demo mail server's store.
        is_secure: pages are served over https, so cookies are marked Secure.
        log_format: ``text`` or ``json``.
        mailbox_url: who keeps the mailboxes of events, ``null:``, ``demo:`` or ``google://…``.
        journal_folder: where this host keeps the journals of its workers; None keeps none.
        proxy_count: how many proxies of one's own stand in front and say who asks; rate limits rest on it.
    """

    database_url: str = field(repr=False)
    redis_url: str = field(repr=False)
    smtp_url: str = field(repr=False)
    public_url: str
    secret_keys: tuple[str, ...] = field(repr=False)
    is_demo: bool = False
    inbox_path: Path | None = None
    log_format: str = "text"
    proxy_count: int = 0
    mailbox_url: str = field(default="null:", repr=False)
    journal_folder: Path | None = None

    @property
    def is_secure(self) -> bool:
        """Say whether the public address is https."""
        return self.public_url.startswith("https://")

    @property
    def public_host(self) -> str:
        """Return the host of the public address, without port."""
        return urlsplit(self.public_url).hostname or "localhost"


def _journal_folder(given: str, database_url: str) -> Path | None:
    """Return where journals are kept: of each database apart, since leases of one mean nothing in another."""
    if given == "off":
        return None
    name = hashlib.blake2b(database_url.encode(), digest_size=8).hexdigest()
    return (Path(given) if given else CHECKOUT / "var" / "journals") / name


def _url_fault(name: str, value: str, schemes: tuple[str, ...]) -> str | None:
    """Return what is wrong with a URL, in a sentence that quotes nothing of it, or None."""
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError:  # its words quote what stands there, which may be half a password
        return f"{name} is not a URL. A password in it must be percent-encoded, the port a number."
    if parts.scheme not in schemes:
        return f"{name} must start with {' or '.join(s + '://' for s in schemes)}."
    if parts.scheme not in {"console", "file", "memory"} and not parts.hostname:
        return f"{name} names no host."
    if parts.scheme in {"smtp", "smtps"}:
        try:
            read_smtp_url(value)
        except OperatorError as error:
            return error.message
    return None


def _old_secrets(values: Mapping[str, str]) -> tuple[str, ...]:
    """Return the earlier secrets, exactly as they were used."""
    return tuple(key for key in values.get("SECRET_KEY_OLD", "").split(",") if key)


def _read_faults(values: Mapping[str, str]) -> list[str]:
    """Return every fault of the values, each a sentence."""
    faults: list[str] = []
    wanted = {
        "DATABASE_URL": ("postgresql", "postgresql+psycopg", "postgres"),
        "REDIS_URL": ("redis", "rediss"),
        "SMTP_URL": ("smtp", "smtps", "console", "file", "memory"),
        "PUBLIC_URL": ("http", "https"),
    }
    for name, schemes in wanted.items():
        value = values.get(name, "")
        fault = _url_fault(name, value, schemes) if value else f"{name} is missing."
        if fault:
            faults.append(fault)
    if values.get("MAILBOX_URL", "null:").partition(":")[0] not in {"null", "demo", "google"}:
        faults.append("MAILBOX_URL must start with null:, demo: or google://.")
    secret = values.get("SECRET_KEY", "")
    if not secret:
        faults.append(
            "SECRET_KEY is missing. Make one with: python3 -c 'import secrets; print(secrets.token_hex())'"
        )
    elif len(secret) < SHORTEST_SECRET:
        faults.append(f"SECRET_KEY is shorter than {SHORTEST_SECRET} characters.")
    for number, old in enumerate(_old_secrets(values), start=1):
        if (
            len(old) < SHORTEST_SECRET
        ):  # the links that it signs could be forged as easily as with a short new one
            faults.append(f"SECRET_KEY_OLD: secret {number} is shorter than {SHORTEST_SECRET} characters.")
    port = values.get("PORT", "8000")
    if not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        faults.append("PORT must be a number from 1 to 65535.")
    if values.get("POSTROOM_LOG", "text") not in {"text", "json"}:
        faults.append("POSTROOM_LOG must be text or json.")
    if not values.get("POSTROOM_PROXIES", "0").isdecimal():
        faults.append("POSTROOM_PROXIES must be a number, 0 where no proxy of yours stands in front.")
    return faults


def _read_services(services_file: Path | None) -> tuple[dict[str, str], list[str]]:
    """Return what a running ``make run`` wrote down, nothing where there is no file, and the file's faults."""
    if services_file is None or not services_file.exists():
        return {}, []
    try:
        written = json.loads(services_file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        written = None
    if not isinstance(written, dict):
        return {}, [f"{services_file.name} cannot be read. Remove it; the next make run writes it anew."]
    return {name: str(value) for name, value in written.items() if name in NAMES}, []


def read_settings(environment: Mapping[str, str], services_file: Path | None = SERVICES_FILE) -> Settings:
    """Read the settings of this process.

    Args:
        environment: the process environment.
        services_file: what a running ``make run`` wrote down; it fills in what the environment does not give.

    Raises:
        OperatorError: something is missing or wrong; the message names all of it.
    """
    values, faults = _read_services(services_file)
    values.update({name: environment[name] for name in NAMES if environment.get(name)})
    faults += _read_faults(values)
    if faults:
        raise OperatorError("Postroom cannot start:\n" + "\n".join(f"  - {fault}" for fault in faults))
    database_url = values["DATABASE_URL"]
    for short in ("postgres://", "postgresql://"):
        if database_url.startswith(short):
            database_url = "postgresql+psycopg://" + database_url.removeprefix(short)
    is_demo = values.get("POSTROOM_DEMO", "") not in {"", "0"}
    inbox = values.get("POSTROOM_INBOX", str(CHECKOUT / "var" / "demo" / "inbox.sqlite3"))
    return Settings(
        database_url=database_url,
        redis_url=values["REDIS_URL"],
        smtp_url=values["SMTP_URL"],
        public_url=values["PUBLIC_URL"].rstrip("/"),
        secret_keys=(values["SECRET_KEY"], *_old_secrets(values)),
        is_demo=is_demo,
        inbox_path=Path(inbox) if is_demo else None,
        log_format=values.get("POSTROOM_LOG", "text"),
        proxy_count=int(values.get("POSTROOM_PROXIES", "0")),
        mailbox_url=values.get("MAILBOX_URL", "demo:" if is_demo else "null:"),
        journal_folder=_journal_folder(values.get("POSTROOM_JOURNAL", ""), database_url),
    )
