"""What follows for a letter from what its carrier said: its next state, and whether the try counts."""

from typing import NamedTuple

from webapp.mail.domain.parcel import Outcome, Verdict
from webapp.mail.domain.retry import retry_delay
from webapp.mail.domain.states import EmailState, FailReason

DETAIL_LENGTH = 300  # characters of the other side's words that are kept


class Settled(NamedTuple):
    """What became of one letter, as it is written down.

    Args:
        seq: the letter's number.
        state: its new state.
        reason: a ``FailReason`` where it failed.
        detail: what the other side said, where it is not plain success.
        delay: seconds until it is tried again, where it was put off.
        is_refunded: this try does not count, it was not the letter's fault.
    """

    seq: int
    state: EmailState
    reason: str | None = None
    detail: str | None = None
    delay: float | None = None
    is_refunded: bool = False


STOPS_SENDER = (Verdict.SLOW_DOWN, Verdict.CARRIER_DOWN)
"""Verdicts that are about the sender, not the letter: all its letters rest for a while."""


def settle(outcome: Outcome, *, shoot_id: int, seq: int, attempt: int) -> Settled:
    """Say what is written down for a letter.

    Args:
        outcome: what the carrier said.
        shoot_id: the letter's shoot.
        seq: its number in it.
        attempt: tries so far, this one included.
    """
    if outcome.verdict is Verdict.SENT:  # nearly all of them
        return Settled(seq, EmailState.SENT)
    said = " ".join(outcome.reply.split())[:DETAIL_LENGTH] or None
    match outcome.verdict:
        case Verdict.THIS_ADDRESS:
            return Settled(seq, EmailState.FAILED, FailReason.ADDRESS, said)
        case Verdict.UNCERTAIN:
            return Settled(seq, EmailState.UNCERTAIN, None, said)
        case Verdict.CARRIER_DOWN if outcome.code is not None and outcome.code >= 500:
            # Refused as policy while looking at this letter: it steps back with a try counted, so that
            # one such letter cannot stand before all others for ever.
            return _put_off(outcome, shoot_id, seq, attempt, said)
        case Verdict.SLOW_DOWN | Verdict.CARRIER_DOWN:
            return Settled(seq, EmailState.PENDING, None, said, is_refunded=True)
        case Verdict.NOT_BEGUN:
            return take_back(seq)
        case Verdict.TRY_LATER:
            return _put_off(outcome, shoot_id, seq, attempt, said)


def _put_off(outcome: Outcome, shoot_id: int, seq: int, attempt: int, said: str | None) -> Settled:
    """Say when a letter is tried again, or that it is given up."""
    delay = retry_delay(shoot_id, seq, attempt, outcome.retry_after or 0.0)
    if delay is None:
        return Settled(seq, EmailState.FAILED, FailReason.GAVE_UP, said)
    return Settled(seq, EmailState.DEFERRED, None, said, delay)


def take_back(seq: int) -> Settled:
    """Say what is written down for a letter that was marked but not handed over."""
    return Settled(seq, EmailState.PENDING, is_refunded=True)


def poison(seq: int, why: str) -> Settled:
    """Say what is written down for a letter that cannot be made for this recipient."""
    return Settled(seq, EmailState.FAILED, FailReason.POISON, why[:DETAIL_LENGTH])
