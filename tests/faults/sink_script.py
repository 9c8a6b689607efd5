"""What the suite's mail server does, as data: what it offers, how fast it is, and which troubles it makes."""

import json
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path


class Phase(StrEnum):
    """The step of an SMTP conversation (RFC 5321, 3.3) at which a trouble is made."""

    CONNECT = "connect"  # instead of the greeting
    EHLO = "ehlo"
    STARTTLS = "starttls"
    AUTH = "auth"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    CONTENT = "content"  # while the content is coming in
    DOT = "dot"  # instead of the answer to the final dot
    BETWEEN = "between"  # after the answer to the final dot


@dataclass(frozen=True, slots=True)
class Trouble:
    """One way to be difficult.

    Args:
        phase: when.
        reply: the answer, without its line end; a 421 also hangs up; empty hangs up without a word.
        seconds: of silence before it; with ``is_only_slow`` the usual answer follows instead of ``reply``.
        share: of the cases in which it happens, drawn with the script's seed.
        domain: only for recipients of this domain; empty is all.
        prefix: only for recipients whose address begins so.
        first_times: only the first so many times for each recipient; 0 is always.
        most: so many times altogether; 0 is without end.
        is_taken: at the dot: the letter is taken all the same.
    """

    phase: Phase
    reply: str = ""
    seconds: float = 0.0
    is_only_slow: bool = False
    share: float = 1.0
    domain: str = ""
    prefix: str = ""
    first_times: int = 0
    most: int = 0
    is_taken: bool = False


@dataclass(frozen=True, slots=True)
class Script:
    """All that the server does.

    Args:
        number: of the script, told in the ledger once it is in force.
        seed: of what is drawn.
        latency: seconds before the answer to each final dot.
        is_pipelining, is_8bitmime, is_smtputf8: what is offered.
        certificate: PEM file with key; STARTTLS is offered when there is one.
        user, password: AUTH is offered, and demanded, when there are such.
        letters_per_connection: after so many it hangs up; 0 never does.
        opens_without_recipient: answers 354 to DATA even when no recipient was accepted.
        notes_tries: writes every RCPT into the ledger.
        troubles: in order; the first that fits is made.
    """

    number: int = 0
    seed: int = 1
    latency: float = 0.0
    is_pipelining: bool = True
    is_8bitmime: bool = True
    is_smtputf8: bool = False
    certificate: str = ""
    user: str = ""
    password: str = ""
    letters_per_connection: int = 0
    opens_without_recipient: bool = False
    notes_tries: bool = False
    troubles: tuple[Trouble, ...] = field(default=())

    def write(self, path: Path) -> None:
        """Write it to a file, whole or not at all."""
        fresh = path.with_suffix(".new")
        fresh.write_text(json.dumps(asdict(self)))
        fresh.replace(path)


def read_script(path: Path) -> Script:
    """Read a script from a file."""
    values = json.loads(path.read_text())
    troubles = tuple(Trouble(**{**one, "phase": Phase(one["phase"])}) for one in values.pop("troubles"))
    return Script(**values, troubles=troubles)
