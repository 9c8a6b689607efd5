"""How an SMTP connection becomes ready for letters: connect, greeting, EHLO, STARTTLS, sign-in."""

import asyncio
import base64
import os
import socket
import ssl

from webapp.mail.domain.smtp_replies import Phase, judge_reply
from webapp.mail.esp.smtp_answer import Reply
from webapp.mail.esp.smtp_connection import Connection, ConnectionFailedError
from webapp.mail.esp.smtp_envelope import Offers
from webapp.mail.esp.smtp_url import SmtpSettings, StartTls


async def open_connection(settings: SmtpSettings, context: ssl.SSLContext) -> tuple[Connection, Offers]:
    """Open a connection that is ready for letters (RFC 5321, 3.1-3.2; RFC 3207; RFC 4954).

    Raises:
        ConnectionFailedError: with a sentence for people; nothing is left open.
    """
    patience = settings.patience
    connection = Connection(patience)
    try:
        await _connect(connection, settings, context)
        greeting = await connection.ask(b"", patience.greeting)
        _demand(greeting, Phase.CONNECT, (220,))
        offers = await _hello(connection, settings)
        is_encrypted = settings.is_tls
        if not is_encrypted and settings.starttls is not StartTls.NEVER:
            is_encrypted = await _start_tls(connection, settings, context, offers)
            if is_encrypted:  # what was said in the clear does not count (RFC 3207, 4.2)
                offers = await _hello(connection, settings)
        if settings.user:
            _demand_privacy(settings, is_encrypted)
            await _sign_in(connection, settings, offers.get("AUTH", ""))
    except BaseException as error:
        connection.drop(str(error) or "Sending was stopped")
        raise
    return connection, _understand(offers, settings)


async def _connect(connection: Connection, settings: SmtpSettings, context: ssl.SSLContext) -> None:
    """Reach the server."""
    place = f"{settings.host}:{settings.port}"
    try:
        async with asyncio.timeout(settings.patience.connect):
            await asyncio.get_running_loop().create_connection(
                lambda: connection,
                settings.host,
                settings.port,
                ssl=context if settings.is_tls else None,
                server_hostname=settings.host if settings.is_tls else None,
                happy_eyeballs_delay=0.25,
            )
    except TimeoutError:
        words = (
            f"The mail server {place} cannot be reached: no answer in {settings.patience.connect:g} seconds"
        )
        raise ConnectionFailedError(words) from None
    except ssl.SSLError as error:
        raise _tls_failure(place, error) from error
    except OSError as error:
        raise ConnectionFailedError(f"The mail server {place} cannot be reached: {_reason(error)}") from error
    except ValueError as error:  # a name that cannot even be looked up
        words = f"The mail server {place} cannot be reached: “{settings.host}” is no name of a host"
        raise ConnectionFailedError(words, is_lasting=True) from error


async def _hello(connection: Connection, settings: SmtpSettings) -> dict[str, str]:
    """Introduce ourselves; return what is offered, by keyword."""
    name = settings.helo or _own_name(connection)
    reply = await connection.ask(f"EHLO {name}\r\n".encode(), settings.patience.command)
    if reply.code in (500, 502, 504):  # a server from before 1995
        reply = await connection.ask(f"HELO {name}\r\n".encode(), settings.patience.command)
        _demand(reply, Phase.EHLO, (250,))
        return {}
    _demand(reply, Phase.EHLO, (250,))
    offers: dict[str, str] = {}
    for line in reply.lines[1:]:
        keyword, _, value = line.replace("=", " ", 1).partition(" ")
        offers[keyword.upper()] = f"{offers.get(keyword.upper(), '')} {value}".strip()
    return offers


async def _start_tls(
    connection: Connection, settings: SmtpSettings, context: ssl.SSLContext, offers: dict[str, str]
) -> bool:
    """Encrypt the connection; say whether it is encrypted now."""
    if "STARTTLS" not in offers:
        if settings.starttls is StartTls.REQUIRED:
            words = "The mail server offers no encryption (STARTTLS), and the settings require it"
            raise ConnectionFailedError(words, is_lasting=True)
        return False
    reply = await connection.ask(b"STARTTLS\r\n", settings.patience.command)
    if reply.code != 220 and settings.starttls is StartTls.IF_OFFERED:
        return False
    _demand(reply, Phase.STARTTLS, (220,))
    if connection.has_leftovers():
        raise ConnectionFailedError(
            "Somebody has put words into the conversation before STARTTLS", is_lasting=True
        )
    if connection.transport is None or connection.is_lost:
        raise ConnectionFailedError("The mail server hung up")
    place = f"{settings.host}:{settings.port}"
    try:
        transport = await asyncio.get_running_loop().start_tls(
            connection.transport,
            connection,
            context,
            server_hostname=settings.host,
            ssl_handshake_timeout=settings.patience.command,
        )
    except ssl.SSLError as error:
        raise _tls_failure(place, error) from error
    except OSError as error:
        raise ConnectionFailedError(f"Encryption with {place} failed: {_reason(error)}") from error
    if transport is None:
        raise ConnectionFailedError("The mail server hung up")
    connection.use(transport)
    return True


async def _sign_in(connection: Connection, settings: SmtpSettings, offered: str) -> None:
    """Sign in with PLAIN (RFC 4616), or LOGIN where only that is offered."""
    ways = offered.upper().split()
    seconds = settings.patience.command
    if "PLAIN" in ways:
        secret = _base64(f"\0{settings.user}\0{settings.password}")
        reply = await connection.ask(b"AUTH PLAIN %b\r\n" % secret, seconds)
    elif "LOGIN" in ways:
        reply = await connection.ask(b"AUTH LOGIN\r\n", seconds)
        for word in (settings.user, settings.password):
            _demand(reply, Phase.AUTH, (334,))
            reply = await connection.ask(b"%b\r\n" % _base64(word), seconds)
    else:
        words = (
            "The mail server offers no sign-in that Postroom knows (AUTH PLAIN or LOGIN), and a user is set"
        )
        raise ConnectionFailedError(words, is_lasting=True)
    _demand(reply, Phase.AUTH, (235,))


def _demand_privacy(settings: SmtpSettings, is_encrypted: bool) -> None:
    """Refuse to show a password to the network, unless the operator said never to encrypt."""
    if is_encrypted or settings.is_loopback or settings.starttls is StartTls.NEVER:
        return
    words = (
        "The mail server offers no encryption, so the password was not sent; starttls=never would allow it"
    )
    raise ConnectionFailedError(words, is_lasting=True)


def _demand(reply: Reply, phase: Phase, codes: tuple[int, ...]) -> None:
    """Refuse every reply but these."""
    if reply.code in codes:
        return
    judgement = judge_reply(phase, reply.code, reply.text)
    what = "the sign-in" if phase is Phase.AUTH else "us" if phase is Phase.CONNECT else phase.value
    is_lasting = reply.code >= 500
    words = f"The mail server refused {what}: {reply.code} {judgement.reply}"
    raise ConnectionFailedError(words, reply.code, is_lasting=is_lasting)


def _understand(offers: dict[str, str], settings: SmtpSettings) -> Offers:
    """Return the part of what is offered that matters to letters."""
    size = offers.get("SIZE", "")
    return Offers(
        is_pipelining=settings.is_pipelining and "PIPELINING" in offers,
        has_size="SIZE" in offers,
        most_bytes=int(size) if size.isascii() and size.isdigit() else 0,
        is_smtputf8="SMTPUTF8" in offers,
    )


def _own_name(connection: Connection) -> str:
    """Return our name for EHLO: the machine's if it is a full one, else our address (RFC 5321, 4.1.3)."""
    name = socket.gethostname()
    if "." in name and name.isascii():
        return name
    own = connection.transport.get_extra_info("sockname") if connection.transport else None
    address = own[0] if own else "127.0.0.1"
    return f"[IPv6:{address}]" if ":" in address else f"[{address}]"


def _tls_failure(place: str, error: ssl.SSLError) -> ConnectionFailedError:
    """Say what is wrong with the encryption."""
    if isinstance(error, ssl.SSLCertVerificationError):
        words = f"The certificate of {place} is not to be trusted: {error.verify_message}"
        return ConnectionFailedError(words, is_lasting=True)
    return ConnectionFailedError(f"Encryption with {place} failed: {error.reason or error}")


def _reason(error: OSError) -> str:
    """Return a system error in words, without its number."""
    if error.errno is not None and error.errno > 0:
        return os.strerror(error.errno)
    return error.strerror or str(error) or type(error).__name__


def _base64(text: str) -> bytes:
    """Return text as AUTH wants it."""
    return base64.b64encode(text.encode())
