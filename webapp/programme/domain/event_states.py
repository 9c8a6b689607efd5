"""The states of an event, and which may follow which."""

from enum import StrEnum

from webapp.core.machine import Machine


class EventState(StrEnum):
    """How an event stands."""

    PLANNED = "planned"  # not announced yet
    OPEN = "open"  # people may register
    CLOSED = "closed"  # full, or over
    POSTPONED = "postponed"
    CANCELLED = "cancelled"
    ARCHIVED = "archived"  # out of the way; everything is kept


EVENT_MACHINE = Machine(
    "event",
    {
        EventState.PLANNED: frozenset(
            {EventState.OPEN, EventState.CLOSED, EventState.POSTPONED, EventState.CANCELLED}
        ),
        # planned: announced too early
        EventState.OPEN: frozenset(
            {EventState.PLANNED, EventState.CLOSED, EventState.POSTPONED, EventState.CANCELLED}
        ),
        # open: somebody has given up a place
        EventState.CLOSED: frozenset(
            {EventState.OPEN, EventState.POSTPONED, EventState.CANCELLED, EventState.ARCHIVED}
        ),
        EventState.POSTPONED: frozenset({EventState.PLANNED, EventState.OPEN, EventState.CANCELLED}),
        # planned: it takes place after all
        EventState.CANCELLED: frozenset({EventState.PLANNED, EventState.ARCHIVED}),
        # closed: support takes it out of the archive again
        EventState.ARCHIVED: frozenset({EventState.CLOSED}),
    },
)
