"""The states of a rule's run for an event."""

from enum import StrEnum

from webapp.core.machine import Machine


class RunState(StrEnum):
    """What became of one due date of a rule."""

    SCHEDULED = "scheduled"
    SENT = "sent"
    SKIPPED = "skipped"  # its condition did not hold; the reason says which
    MISSED = "missed"  # its window passed while nothing ran; a person decides
    FAILED = "failed"  # it could not be written; tried again, and shown


RUN_MACHINE = Machine(
    "run",
    {
        RunState.SCHEDULED: frozenset({RunState.SENT, RunState.SKIPPED, RunState.MISSED, RunState.FAILED}),
        # scheduled: dates or states changed
        RunState.SKIPPED: frozenset({RunState.SCHEDULED, RunState.SENT, RunState.MISSED}),
        RunState.MISSED: frozenset({RunState.SCHEDULED, RunState.SENT, RunState.SKIPPED}),
        RunState.FAILED: frozenset({RunState.SCHEDULED, RunState.SENT, RunState.SKIPPED, RunState.MISSED}),
        # what was sent is never opened again by itself
        RunState.SENT: frozenset(),
    },
)
