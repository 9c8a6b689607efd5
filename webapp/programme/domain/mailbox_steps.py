"""A step with a mailbox service: what is ordered, how it can fail, when it is tried again."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

MOST_ATTEMPTS = 6
_FIRST_PAUSE = 30.0  # seconds
_LONGEST_PAUSE = 3600.0


class MailboxFault(StrEnum):
    """Why a step did not succeed, by what has to happen next."""

    EXISTS = "exists"  # the address is somebody's: a person decides to keep it or to move it
    MISSING = "missing"  # there is no such mailbox
    REFUSED = "refused"  # for good: settings or rights at the service
    TRY_LATER = "try_later"  # busy, or away


class MailboxError(Exception):
    """A step did not succeed.

    Args:
        fault: its kind.
        message: one sentence for staff, without anything secret.
    """

    def __init__(self, fault: MailboxFault, message: str) -> None:
        super().__init__(message)
        self.fault = fault
        self.message = message


@dataclass(frozen=True, slots=True)
class MailboxOrder:
    """What a new mailbox is to be.

    Args:
        address: its address.
        name: how it is shown.
        recovery: where its owner sets the first password; may be "".
        mark: our own name for it, the same whenever the order is given again.
    """

    address: str
    name: str
    recovery: str
    mark: str


def pause_after(attempt: int) -> timedelta:
    """Return how long to wait after a failed attempt, counted from 1; twice as long each time, at most an hour."""
    return timedelta(seconds=min(_FIRST_PAUSE * 2 ** (attempt - 1), _LONGEST_PAUSE))


def is_given_up(fault: MailboxFault, attempt: int) -> bool:
    """Say whether a person has to act after this failure."""
    return fault is not MailboxFault.TRY_LATER or attempt >= MOST_ATTEMPTS
