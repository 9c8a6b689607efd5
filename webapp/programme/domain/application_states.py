"""The states of an application to attend: what was decided, and what its applicant answered."""

from enum import StrEnum

from webapp.core.machine import Machine


class Decision(StrEnum):
    """What the organizers decided; also what the applicant was told (``announced``)."""

    UNDECIDED = "undecided"
    ACCEPTED = "accepted"
    WAITLISTED = "waitlisted"
    REJECTED = "rejected"


_ANY_DECISION = frozenset(Decision)

# Quiet and free: every decision may follow every other. What was announced asks for a reason (domain/deciding.py).
DECISION_MACHINE = Machine("application", {decision: _ANY_DECISION - {decision} for decision in Decision})


class Rsvp(StrEnum):
    """Whether an accepted applicant comes."""

    NONE = "none"  # was not asked
    INVITED = "invited"
    YES = "yes"
    NO = "no"
    EXPIRED = "expired"  # did not answer in time


RSVP_MACHINE = Machine(
    "answer",
    {
        # yes, no: an organizer's override
        Rsvp.NONE: frozenset({Rsvp.INVITED, Rsvp.YES, Rsvp.NO}),
        # none: the announcement was undone
        Rsvp.INVITED: frozenset({Rsvp.YES, Rsvp.NO, Rsvp.EXPIRED, Rsvp.NONE}),
        Rsvp.YES: frozenset({Rsvp.NO, Rsvp.NONE, Rsvp.INVITED}),
        Rsvp.NO: frozenset({Rsvp.YES, Rsvp.NONE, Rsvp.INVITED}),
        # invited: asked once more with a new deadline; yes, no: an organizer's override
        Rsvp.EXPIRED: frozenset({Rsvp.INVITED, Rsvp.YES, Rsvp.NO, Rsvp.NONE}),
    },
)


class WaveState(StrEnum):
    """How far an announcement is."""

    HELD = "held"
    RELEASED = "released"
    UNDONE = "undone"


WAVE_MACHINE = Machine(
    "announcement",
    {
        WaveState.HELD: frozenset({WaveState.RELEASED, WaveState.UNDONE}),
        WaveState.RELEASED: frozenset(),
        WaveState.UNDONE: frozenset(),
    },
)
