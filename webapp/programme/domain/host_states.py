"""The states of an application to host, and which may follow which."""

from enum import StrEnum

from webapp.core.machine import Machine


class HostState(StrEnum):
    """What was decided about an application to host."""

    NEW = "new"
    IN_REVIEW = "in_review"
    ON_HOLD = "on_hold"  # support waits for something; the comment says for what
    ACCEPTED = "accepted"  # its event exists
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


OPEN_STATES = (HostState.NEW, HostState.IN_REVIEW, HostState.ON_HOLD)

_FROM_OPEN = frozenset({HostState.ACCEPTED, HostState.REJECTED, HostState.WITHDRAWN})

HOST_MACHINE = Machine(
    "application",
    {
        HostState.NEW: _FROM_OPEN | {HostState.IN_REVIEW, HostState.ON_HOLD},
        # new: undo of a decision goes back to the state that it was taken in
        HostState.IN_REVIEW: _FROM_OPEN | {HostState.ON_HOLD},
        HostState.ON_HOLD: _FROM_OPEN | {HostState.IN_REVIEW},
        # only undo, while the letters are held
        HostState.ACCEPTED: frozenset(OPEN_STATES),
        # in review: reopened, with a comment; the others: undo
        HostState.REJECTED: frozenset(OPEN_STATES),
        HostState.WITHDRAWN: frozenset({HostState.IN_REVIEW}),
    },
)
