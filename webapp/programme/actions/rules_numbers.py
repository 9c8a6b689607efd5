"""An organizer tells, by the link in a letter, how many applied and came."""

from datetime import datetime

from webapp.core.errors import NotFoundError, StaffError
from webapp.core.transaction import transaction
from webapp.core.words import say
from webapp.programme.models.activity import write_activity
from webapp.programme.models.programme import Event


def tell_numbers(*, event_id: int, applicant_count: int, attendee_count: int, now: datetime) -> None:
    """Store the numbers of an event; told again, the later ones count.

    Args:
        event_id: whose link it was.
        applicant_count: how many applied.
        attendee_count: how many of them came.
        now: the moment, aware.

    Raises:
        NotFoundError: the event is gone.
        StaffError: more people came than applied, which is more likely a slip.
    """
    if attendee_count > applicant_count:
        raise StaffError(
            say("More people came than applied? Please look at both numbers."), field="attendee_count"
        )
    with transaction() as session:
        event = session.get(Event, event_id, with_for_update={"of": Event}, populate_existing=True)
        if event is None:
            raise NotFoundError("There is no such event any more.")
        event.applicant_count, event.attendee_count = applicant_count, attendee_count
        event.numbers_told_at = now
        write_activity(
            "event.numbers_told",
            "event",
            event.id,
            actor_id=None,
            programme_id=event.programme_id,
            event_id=event.id,
            applicants=applicant_count,
            attendees=attendee_count,
        )
