"""What the tests' mail server is told to do wrong, and what it writes down."""

from dataclasses import dataclass, field
from enum import StrEnum


class At(StrEnum):
    """Where a fault strikes."""

    CONNECT = "connect"
    EHLO = "EHLO"
    STARTTLS = "STARTTLS"
    AUTH = "AUTH"
    RSET = "RSET"
    MAIL = "MAIL"
    RCPT = "RCPT"
    DATA = "DATA"
    CONTENT = "content"  # when the content begins to come
    DOT = "dot"
    QUIT = "QUIT"


class Then(StrEnum):
    """What follows the fault's reply."""

    GO_ON = "go on"
    CLOSE = "close"  # an orderly end
    DROP = "drop"  # a reset
    SILENCE = "silence"  # nothing more, until the client hangs up
    STOP_READING = "stop reading"  # not even that; the connection stays until the server ends


@dataclass(slots=True)
class Fault:
    """One misbehaviour.

    Args:
        at: where.
        reply: what is said instead of the usual answer, lines separated by a line feed; empty says nothing.
        then: what follows.
        recipient: only for letters to this address (from RCPT on).
        connection: only on the connection of this number, from 1.
        letter: only at the letter of this number on its connection, from 1.
        times: how often at most; None for always.
        is_taken: at the dot: the letter goes into the ledger all the same.
    """

    at: At
    reply: str = ""
    then: Then = Then.GO_ON
    recipient: str | None = None
    connection: int | None = None
    letter: int | None = None
    times: int | None = None
    is_taken: bool = False


@dataclass(frozen=True, slots=True)
class Taken:
    """A letter that was accepted, dots taken out; written down before the answer."""

    connection: int
    sender: str
    recipients: tuple[str, ...]
    content: bytes


@dataclass(slots=True)
class Script:
    """How the server behaves."""

    offers: tuple[str, ...] = ("PIPELINING", "8BITMIME", "ENHANCEDSTATUSCODES")
    faults: list[Fault] = field(default_factory=list)
    users: dict[str, str] = field(default_factory=dict)
    is_tls: bool = False  # from the first byte
    letters_per_connection: int | None = None
    farewell: str = ""  # said to the letter beyond; empty closes after the last
    bytes_per_write: int = 0  # 0 writes the answers to everything received at once


class Ledger:
    """What happened: ``taken`` the letters, ``commands`` what was said, ``breaches`` what no client may."""

    def __init__(self, script: Script | None = None) -> None:
        self.script = script or Script()
        self.taken: list[Taken] = []
        self.commands: dict[int, list[str]] = {}
        self.breaches: list[str] = []

    def recipients(self) -> list[str]:
        """Return whom letters were accepted for, in order."""
        return [recipient for letter in self.taken for recipient in letter.recipients]

    def strike(self, at: At, connection: int, letter: int, recipients: list[str]) -> Fault | None:
        """Return the fault that is due here, and count it."""
        for fault in self.script.faults:
            is_due = (
                fault.at is at
                and fault.times != 0
                and fault.connection in (None, connection)
                and fault.letter in (None, letter)
                and (fault.recipient is None or fault.recipient in recipients)
            )
            if is_due:
                if fault.times is not None:
                    fault.times -= 1
                return fault
        return None
