"""The states of a visitor's message."""

from enum import StrEnum

from webapp.core.machine import Machine


class ContactState(StrEnum):
    """How far a message is."""

    RECEIVED = "received"  # stored; its letter could not be written yet
    FORWARDED = "forwarded"
    ANSWERED = "answered"
    CLOSED = "closed"
    SPAM = "spam"


_ALL = frozenset(ContactState)

CONTACT_MACHINE = Machine(
    "message",
    {
        ContactState.RECEIVED: _ALL - {ContactState.RECEIVED},
        ContactState.FORWARDED: frozenset({ContactState.ANSWERED, ContactState.CLOSED, ContactState.SPAM}),
        ContactState.ANSWERED: frozenset({ContactState.CLOSED, ContactState.FORWARDED}),
        ContactState.CLOSED: frozenset({ContactState.FORWARDED}),  # taken up again
        ContactState.SPAM: frozenset(
            {ContactState.RECEIVED, ContactState.FORWARDED}
        ),  # it was none after all
    },
)
