"""What the demo's mail server does to a letter, told by the first word of its recipient's address.

``bounce+anything@example.org`` and ``bounce@example.org`` play the same part: the word ends at the first "+"
or at the "@". An address whose word is not in the table is simply accepted. Pure: the conversation itself is
in ``sink_protocol``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Moment(StrEnum):
    """The step of an SMTP conversation (RFC 5321, 3.3) at which the server plays its part."""

    RECIPIENT = "at RCPT"
    DATA = "at DATA"
    DOT = "after the final dot"


@dataclass(frozen=True, slots=True)
class Part:
    """One way to treat a letter.

    ``reply`` is the whole answer (code, enhanced code of RFC 3463, text) without its line end; None with
    ``hangs_up`` means that the connection is dropped without an answer. ``delay`` is in seconds. A letter is
    kept in the inbox when ``is_kept``. ``is_first_time_only``: the next try of that address is accepted.
    """

    word: str
    moment: Moment
    reply: str | None
    sees: str
    delay: float = 0.0
    hangs_up: bool = False
    is_kept: bool = False
    is_first_time_only: bool = False


ACCEPT = Part("ok", Moment.DOT, "250 2.0.0 Letter taken", "The letter is accepted.", is_kept=True)

PARTS: Mapping[str, Part] = MappingProxyType(
    {
        part.word: part
        for part in (
            ACCEPT,
            Part(
                "soft",
                Moment.RECIPIENT,
                "451 4.7.1 Greylisted, try again later",
                "Refused for now at the first try, accepted at the second.",
                is_first_time_only=True,
            ),
            Part(
                "bounce",
                Moment.RECIPIENT,
                "550 5.1.1 No such mailbox here",
                "Refused for good: there is no such mailbox.",
            ),
            Part(
                "full",
                Moment.RECIPIENT,
                "452 4.2.2 Mailbox is full",
                "Refused for now, at every try: the mailbox is full.",
            ),
            Part(
                "spam",
                Moment.DOT,
                "550 5.7.1 Refused by policy: it looks like spam",
                "Refused after the whole letter was read: policy, not the address.",
            ),
            Part("slow", Moment.DOT, ACCEPT.reply, "Accepted after three seconds.", delay=3.0, is_kept=True),
            # The letter is kept although nobody says so: that is why an uncertain letter is never re-sent.
            Part(
                "lost",
                Moment.DOT,
                None,
                "The connection is dropped instead of an answer: nobody can know, so it is uncertain.",
                hangs_up=True,
                is_kept=True,
            ),
            Part(
                "drop",
                Moment.DATA,
                None,
                "The connection is dropped before the letter is read: safe to try again.",
                hangs_up=True,
            ),
            Part(
                "busy",
                Moment.RECIPIENT,
                "421 4.3.2 Too busy, closing the connection",
                "The server is too busy and hangs up: it asks the sender to slow down.",
                hangs_up=True,
            ),
        )
    }
)


def part_of(address: str) -> Part:
    """Say which part an address plays.

    Args:
        address: an envelope address, ``local@domain``; letter case does not matter.

    Returns:
        The part of the table, or ``ACCEPT`` for every word that is not in it.
    """
    word = address.partition("@")[0].partition("+")[0].lower()
    return PARTS.get(word, ACCEPT)
