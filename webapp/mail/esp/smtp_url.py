"""The settings of a mail server, read from one URL and checked whole."""

import ssl
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from webapp.core.errors import OperatorError

MOST_CONNECTIONS = 1024


class StartTls(StrEnum):
    """How much encryption is asked for on a connection that begins in the clear (RFC 3207)."""

    REQUIRED = "required"
    IF_OFFERED = "if-offered"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds to wait, by phase, before a server counts as gone."""

    connect: float = 10.0
    greeting: float = 30.0
    command: float = 30.0
    dot: float = 120.0
    quit: float = 2.0


@dataclass(frozen=True, slots=True)
class SmtpSettings:
    """Everything that is known about a mail server before it is called.

    Args:
        host, port: where it listens.
        is_tls: encrypted from the first byte (smtps, RFC 8314).
        starttls: for the other kind.
        user, password: sign-in, empty for none; the password never appears in a repr.
        connections: most connections at a time.
        letters_per_connection: after so many a connection is closed and opened anew.
        is_pipelining: use PIPELINING where it is offered.
        helo: our name in EHLO, empty to find one.
        ca_file: PEM file of further certificate authorities, empty for the machine's own.
        patience: time-outs.
    """

    host: str
    port: int
    is_tls: bool = False
    starttls: StartTls = StartTls.IF_OFFERED
    user: str = ""
    password: str = field(default="", repr=False)
    connections: int = 8
    letters_per_connection: int = 1000
    is_pipelining: bool = True
    helo: str = ""
    ca_file: str = ""
    patience: Patience = field(default_factory=Patience)

    @property
    def is_loopback(self) -> bool:
        """Whether the server is on this machine, where nobody listens in."""
        if self.host == "localhost":
            return True
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def must_verify(self) -> bool:
        """Whether the certificate has to be right: not for opportunistic TLS without password (RFC 7435)."""
        return self.is_tls or self.starttls is StartTls.REQUIRED or bool(self.user)

    def tls_context(self) -> ssl.SSLContext:
        """Return the TLS context for this server.

        Raises:
            OperatorError: ``ca_file`` cannot be read.
        """
        if not self.must_verify:  # and then there is no need for authorities, which take long to read
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            return context
        try:
            return ssl.create_default_context(cafile=self.ca_file or None)
        except (OSError, ssl.SSLError) as error:
            words = f"SMTP_URL: ca_file cannot be read as certificates ({error})."
            raise OperatorError(words, field="SMTP_URL") from error


class _Options:
    """The options of a URL, taken one by one; faults are gathered, so that all are named at once."""

    def __init__(self, query: str, faults: list[str]) -> None:
        self._given = dict(parse_qsl(query, keep_blank_values=True))
        self._faults = faults

    def number(self, name: str, default: float, least: float, most: float) -> float:
        """Take a number within bounds."""
        text = self._given.pop(name, "")
        if not text:
            return default
        try:
            value = float(text)
        except ValueError:
            value = -1.0
        if not least <= value <= most:
            self._faults.append(f"{name} must be a number from {least:g} to {most:g}")
            return default
        return value

    def choice(self, name: str, default: str, among: tuple[str, ...]) -> str:
        """Take one of a few words."""
        value = self._given.pop(name, default)
        if value not in among:
            self._faults.append(f"{name} must be one of {', '.join(among)}")
            return default
        return value

    def text(self, name: str) -> str:
        """Take free text without spaces or control characters."""
        value = self._given.pop(name, "")
        if any(not char.isprintable() or char.isspace() for char in value):
            self._faults.append(f"{name} must not contain spaces or control characters")
            return ""
        return value

    def finish(self) -> None:
        """Name what nobody took."""
        self._faults.extend(f"{name} is not an option" for name in self._given)


def read_smtp_url(url: str) -> SmtpSettings:
    """Read ``smtp://`` or ``smtps://[user:password@]host[:port][?options]``.

    Options: ``starttls`` (required, if-offered, never; the first when there is a password and the server is
    not on this machine), ``connections``, ``letters_per_connection``, ``pipelining`` (yes, no), ``helo``,
    ``ca_file``, and in seconds ``connect_seconds``, ``greeting_seconds``, ``command_seconds``,
    ``dot_seconds``, ``quit_seconds``. Ports when none is given: 465 for smtps, 587 with a password, else 25.

    Raises:
        OperatorError: names every fault at once, and never the password.
    """
    faults: list[str] = []
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise OperatorError("SMTP_URL cannot be used: it is not a URL.", field="SMTP_URL") from error
    host, port = _read_place(parts, faults)
    is_tls = parts.scheme == "smtps"
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if bool(user) != bool(password):
        faults.append("a user needs a password and a password a user")
    options = _Options(parts.query, faults)
    settings = SmtpSettings(
        host=host,
        port=port or (465 if is_tls else 587 if user else 25),
        is_tls=is_tls,
        starttls=StartTls(
            options.choice("starttls", _default_starttls(host, user), tuple(mode.value for mode in StartTls))
        ),
        user=user,
        password=password,
        connections=int(options.number("connections", 8, 1, MOST_CONNECTIONS)),
        letters_per_connection=int(options.number("letters_per_connection", 1000, 1, 10_000_000)),
        is_pipelining=options.choice("pipelining", "yes", ("yes", "no")) == "yes",
        helo=options.text("helo"),
        ca_file=options.text("ca_file"),
        patience=_read_patience(options),
    )
    options.finish()
    if settings.ca_file and not Path(settings.ca_file).is_file():
        faults.append("ca_file names no file")
    if faults:
        raise OperatorError(f"SMTP_URL cannot be used: {'; '.join(faults)}.", field="SMTP_URL")
    return settings


def _read_place(parts: SplitResult, faults: list[str]) -> tuple[str, int | None]:
    """Read host and port; the path must be empty."""
    try:
        port = parts.port
    except ValueError:
        faults.append("the port must be a number from 1 to 65535")
        port = None
    if port == 0:
        faults.append("the port must be a number from 1 to 65535")
    if not parts.hostname:
        faults.append("the host is missing")
    if parts.path not in ("", "/") or parts.fragment:
        faults.append("nothing but options (?name=value) may follow the host and port")
    return parts.hostname or "", port


def _default_starttls(host: str, user: str) -> str:
    """A password never travels in the clear by default, but to this machine itself."""
    is_safe = not user or SmtpSettings(host, 0).is_loopback
    return StartTls.IF_OFFERED.value if is_safe else StartTls.REQUIRED.value


def _read_patience(options: _Options) -> Patience:
    """Read the time-outs."""
    usual = Patience()
    return Patience(
        connect=options.number("connect_seconds", usual.connect, 0.01, 3600),
        greeting=options.number("greeting_seconds", usual.greeting, 0.01, 3600),
        command=options.number("command_seconds", usual.command, 0.01, 3600),
        dot=options.number("dot_seconds", usual.dot, 0.01, 3600),
        quit=options.number("quit_seconds", usual.quit, 0.01, 60),
    )
