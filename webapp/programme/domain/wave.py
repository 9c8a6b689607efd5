"""What an announcement says to whom: its letters' roles, their keys, and by when an answer is awaited."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from webapp.programme.domain.application_states import Decision

ASK_ABOVE = 50  # letters: from here on the number is typed in, so that nobody sends hundreds by a slip

ROLES: Mapping[Decision, str] = {
    Decision.ACCEPTED: "attend.accepted",
    Decision.WAITLISTED: "attend.waitlisted",
    Decision.REJECTED: "attend.rejected",
}
DECISION_NAMES = {
    Decision.UNDECIDED: "undecided",
    Decision.ACCEPTED: "accepted",
    Decision.WAITLISTED: "waiting list",
    Decision.REJECTED: "rejected",
}


def dedupe_key(role: str, application_id: int, announcement_number: int, person_id: int) -> str:
    """Return the key under which a letter about a decision is written once and never again."""
    return f"{role}:{application_id}:{announcement_number}:{person_id}"


def rsvp_deadline(told_at: datetime, days: int, zone_name: str) -> datetime:
    """Return the end of the day, on the clocks of the event, so many days after somebody was told.

    Args:
        told_at: when, aware.
        days: how many whole days they have.
        zone_name: of the event, in the IANA database.
    """
    zone = ZoneInfo(zone_name)
    last = told_at.astimezone(zone).date() + timedelta(days=days)
    return datetime.combine(last, time(23, 59, 59), tzinfo=zone)


@dataclass(frozen=True, slots=True)
class Untold:
    """Somebody whose decision differs from what they were told.

    Args:
        id: of the application.
        locale: in which they are written to.
        token: their sealed reference, for the links.
        reason: why they cannot be written to; None where they can.
    """

    id: int
    number: int
    person_id: int
    name: str
    email: str | None
    locale: str
    token: str
    decision: Decision
    announced: Decision
    announcement_number: int
    reason: str | None

    @property
    def role(self) -> str:
        """Return the role of the letter that tells them."""
        return ROLES[self.decision]

    @property
    def next_key(self) -> str:
        """Return the key of the letter that tells them."""
        return dedupe_key(self.role, self.id, self.announcement_number + 1, self.person_id)


@dataclass(frozen=True, slots=True)
class Places:
    """How full an event is, counted from its applications.

    Args:
        capacity: None where nobody has said it.
        confirmed: said yes.
        invited: were told, and may still answer.
        promised: accepted, and not told yet.
        waiting: stand on the waiting list and know it.
    """

    capacity: int | None
    confirmed: int
    invited: int
    promised: int
    waiting: int

    @property
    def free(self) -> int | None:
        """Return the places that nobody holds: neither a yes, nor an invitation that still counts."""
        return None if self.capacity is None else self.capacity - self.confirmed - self.invited

    @property
    def to_give(self) -> int | None:
        """Return how many more may be accepted, those who are accepted and not told counted as taken."""
        return None if self.free is None else max(self.free - self.promised, 0)


@dataclass(frozen=True, slots=True)
class Skipped:
    """Somebody to whom something was not done, and why, in a sentence's end."""

    id: int
    number: int
    name: str
    why: str


@dataclass(frozen=True, slots=True)
class Decided:
    """What deciding for many did, or would do.

    Args:
        done: ids of those who are decided anew.
        unchanged: how many were so already.
        skipped: who was left out, and why.
    """

    done: tuple[int, ...]
    unchanged: int
    skipped: tuple[Skipped, ...]
