"""One letter on its way: what a carrier is handed, and the one answer it owes for it."""

from enum import StrEnum
from typing import NamedTuple


class Verdict(StrEnum):
    """What became of a letter that was handed to a carrier, named by who has to do something now."""

    SENT = "sent"  # the server took responsibility: nobody
    THIS_ADDRESS = "this_address"  # will never work for this recipient: staff, perhaps
    TRY_LATER = "try_later"  # this letter, later: we
    NOT_BEGUN = "not_begun"  # taken, but the server never heard of it; burns no attempt: nobody
    SLOW_DOWN = "slow_down"  # all letters of this sender, more slowly; burns no attempt: we
    CARRIER_DOWN = "carrier_down"  # nobody could have sent it; burns no attempt: the operator
    UNCERTAIN = "uncertain"  # handed over without an answer, perhaps taken; never repeated by itself: staff


class Parcel(NamedTuple):
    """A letter ready to be carried.

    Args:
        seq: number of the letter within its shoot; the outcome repeats it.
        sender: envelope sender (RFC 5321 MAIL FROM), a bare address.
        recipient: envelope recipient (RFC 5321 RCPT TO), a bare address.
        content: the whole RFC 5322 message with CRLF line ends, not dot-stuffed.
        has_leading_dots: a line of it may begin with a dot, so that it has to be looked through; what `LetterBuilder`
            builds has none.
    """

    seq: int
    sender: str
    recipient: str
    content: bytes
    has_leading_dots: bool = True


class Outcome(NamedTuple):
    """What became of one parcel.

    Args:
        seq: the parcel's number.
        verdict: who has to act.
        code: the server's reply code where there was one.
        reply: the server's words or our own, one line, for people to read.
        retry_after: seconds the other side asked us to wait, if it did.
    """

    seq: int
    verdict: Verdict
    code: int | None = None
    reply: str = ""
    retry_after: float | None = None
