"""How somebody's applications stand, in plain sentences: decided, told and answered are three things."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from webapp.programme.domain.application_states import Decision, Rsvp
from webapp.programme.domain.host_states import HostState

When = Callable[[datetime], str]
"""How an instant is written, for example in the reader's zone."""

_DECIDED = {
    Decision.UNDECIDED: "undecided",
    Decision.ACCEPTED: "accepted",
    Decision.WAITLISTED: "on the waiting list",
    Decision.REJECTED: "rejected",
}
_HOST = {
    HostState.NEW: "Nobody has looked at it yet",
    HostState.IN_REVIEW: "In review",
    HostState.ON_HOLD: "On hold",
    HostState.ACCEPTED: "Accepted",
    HostState.REJECTED: "Rejected",
    HostState.WITHDRAWN: "Withdrawn",
}


@dataclass(frozen=True, slots=True)
class AttendFacts:
    """How an application to attend stands.

    Args:
        decision, decided_at: what the organizers decided.
        announced, announced_at: what its applicant was told.
        held_until: the announcement is held until then; None where it is not.
        rsvp, rsvp_at, rsvp_by, rsvp_deadline: what they answered, when, who stored it, and until when they may.
        withdrawn_at: when they took it back.
    """

    decision: str
    decided_at: datetime | None
    announced: str
    announced_at: datetime | None
    held_until: datetime | None
    rsvp: str
    rsvp_at: datetime | None
    rsvp_by: str | None
    rsvp_deadline: datetime | None
    withdrawn_at: datetime | None


def describe_attend(facts: AttendFacts, when: When) -> tuple[str, ...]:
    """Return how an application to attend stands, in sentences.

    Args:
        facts: as stored.
        when: writes an instant.
    """
    if facts.withdrawn_at is not None:
        return (f"Withdrawn on {when(facts.withdrawn_at)}.",)
    return tuple(filter(None, (_decision(facts, when), _rsvp(facts, when))))


def _decision(facts: AttendFacts, when: When) -> str:
    decided, told = _DECIDED[Decision(facts.decision)], _DECIDED[Decision(facts.announced)]
    if facts.announced == Decision.UNDECIDED:
        if facts.decision == Decision.UNDECIDED:
            return "Nothing is decided yet."
        day = f" on {when(facts.decided_at)}" if facts.decided_at else ""
        return f"Decided{day}: {decided}. They have not been told."
    if facts.held_until is not None:
        held = f"Their letter is held until {when(facts.held_until)}; until then they know nothing."
        return f"Decided: {decided}. {held}"
    at = f" on {when(facts.announced_at)}" if facts.announced_at else ""
    if facts.decision == facts.announced:
        return f"Decided: {decided}, and told{at}."
    return f"Told{at}: {told}. Decided since: {decided}; of that they have not been told."


def _rsvp(facts: AttendFacts, when: When) -> str:
    if facts.announced != Decision.ACCEPTED or facts.held_until is not None:
        return ""
    deadline = when(facts.rsvp_deadline) if facts.rsvp_deadline else ""
    if facts.rsvp == Rsvp.INVITED:
        return f"They may answer until {deadline} and have not." if deadline else "They have not answered."
    if facts.rsvp == Rsvp.EXPIRED:
        return f"They did not answer in time{', by ' + deadline if deadline else ''}."
    if facts.rsvp in (Rsvp.YES, Rsvp.NO):
        said = "They come" if facts.rsvp == Rsvp.YES else "They do not come"
        at = f"; said on {when(facts.rsvp_at)}" if facts.rsvp_at else ""
        by = ", stored by an organizer" if facts.rsvp_by == "organizer" else ""
        return f"{said}{at}{by}."
    return "They were not asked whether they come."


def describe_host(
    state: str, state_at: datetime, undo_until: datetime | None, now: datetime, when: When
) -> str:
    """Return how an application to host stands, in a sentence or two.

    Args:
        state, state_at: a ``HostState``, and since when.
        undo_until: until when the decision can be undone and its letters are held.
        now: the present.
        when: writes an instant.
    """
    words = f"{_HOST[HostState(state)]}, since {when(state_at)}."
    if state in (HostState.ACCEPTED, HostState.REJECTED) and undo_until is not None and now < undo_until:
        return f"{words} The letters are held until {when(undo_until)}."
    return words
