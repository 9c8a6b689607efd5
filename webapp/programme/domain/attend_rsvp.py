"""Whether an applicant may say that they come, and the sentence for those who may not."""

from datetime import datetime
from enum import StrEnum

from webapp.core.words import say
from webapp.programme.domain.application_states import Decision, Rsvp
from webapp.programme.domain.event_states import EventState


class Standing(StrEnum):
    """How an application stands towards the question whether its applicant comes."""

    OPEN = "open"
    CANCELLED = "cancelled"  # the event
    WITHDRAWN = "withdrawn"
    UNTOLD = "untold"  # nothing was announced to them
    WAITLISTED = "waitlisted"
    REJECTED = "rejected"
    NOT_ASKED = "not_asked"
    EXPIRED = "expired"


REFUSALS = {
    Standing.CANCELLED: say("The event has been cancelled, so there is nothing to answer."),
    Standing.WITHDRAWN: say("You have withdrawn this application, so there is nothing to answer."),
    Standing.UNTOLD: say("It has not been decided yet who can come. We write to you as soon as it is."),
    Standing.WAITLISTED: say("You are on the waiting list. We write to you at once if a place becomes free."),
    Standing.REJECTED: say("There was no place for you this time, so there is nothing to answer here."),
    Standing.NOT_ASKED: say("Nobody has asked you for an answer yet. We write to you when it is time."),
    Standing.EXPIRED: say(
        "The time for an answer is over, and the place may have been given to somebody else."
        " Write to the organizers if you would still like to come."
    ),
}


def find_standing(
    *,
    told: str,
    rsvp: str,
    deadline: datetime | None,
    is_withdrawn: bool,
    event_state: str,
    now: datetime,
) -> Standing:
    """Return how somebody stands.

    Args:
        told: the decision that they were told, not the one that was made.
        rsvp: what is stored of their answer.
        deadline: until when they may answer; None is without end.
        is_withdrawn: they took their application back.
        event_state: of the event.
        now: the present, aware.
    """
    if is_withdrawn:
        return Standing.WITHDRAWN
    if event_state == EventState.CANCELLED:
        return Standing.CANCELLED
    if told != Decision.ACCEPTED:
        return {
            Decision.REJECTED: Standing.REJECTED,
            Decision.WAITLISTED: Standing.WAITLISTED,
        }.get(Decision(told), Standing.UNTOLD)
    if rsvp == Rsvp.NONE:
        return Standing.NOT_ASKED
    if rsvp == Rsvp.EXPIRED or (deadline is not None and now >= deadline):
        return Standing.EXPIRED
    return Standing.OPEN


def has_free_place(capacity: int | None, taken: int) -> bool:
    """Say whether one more may come.

    Args:
        capacity: of the event; None is without limit.
        taken: who comes and who is invited.
    """
    return capacity is None or taken < capacity
