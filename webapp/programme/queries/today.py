"""What staff begin their day with: who was decided about and not told, and which letters rules send next."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, func, or_, select

from webapp.core.database import db
from webapp.people.domain.scope import Scope
from webapp.people.queries.scope import within
from webapp.programme.domain.application_states import Decision, Rsvp
from webapp.programme.domain.event_states import EventState
from webapp.programme.domain.rule_states import RunState
from webapp.programme.models.application import Application
from webapp.programme.models.programme import Event
from webapp.programme.models.rule import RuleRun


@dataclass(frozen=True, slots=True)
class NotTold:
    """An event with people who do not know yet what was decided about them; ``count`` is of such events."""

    event_id: int
    event_name: str
    accepted: int
    waitlisted: int
    rejected: int
    count: int

    @property
    def people(self) -> int:
        """Return how many people that are."""
        return self.accepted + self.waitlisted + self.rejected


@dataclass(frozen=True, slots=True)
class PlacesFree:
    """An event with places that nobody holds and people who wait for one; ``count`` is of such events."""

    event_id: int
    event_name: str
    free: int
    waiting: int
    count: int


def find_not_told(scope: Scope, limit: int) -> list[NotTold]:
    """Return the events with decisions that were not told, those with most people first."""

    def decided(decision: Decision) -> ColumnElement[int]:
        return func.count().filter(Application.decision == decision)

    total = func.count()
    rows = db.session.execute(
        select(
            Event.id,
            Event.name,
            decided(Decision.ACCEPTED),
            decided(Decision.WAITLISTED),
            decided(Decision.REJECTED),
            func.count().over(),
        )
        .join(Application, Application.event_id == Event.id)
        .where(
            within(scope, Event.programme_id, Event.id),
            Application.decision != Application.announced,
            Application.decision != Decision.UNDECIDED,
            Application.withdrawn_at.is_(None),
            Application.erased_at.is_(None),
        )
        .group_by(Event.id)
        .order_by(total.desc(), Event.id)
        .limit(limit)
    )
    return [NotTold(*row) for row in rows]


def find_places_free(scope: Scope, today: date, limit: int) -> list[PlacesFree]:
    """Return the events to come whose waiting list could move up, those with most places first.

    Args:
        scope: who asks.
        today: events before it are over.
        limit: how many events at most.
    """
    is_held = or_(
        Application.rsvp.in_((Rsvp.YES, Rsvp.INVITED)),
        and_(Application.decision == Decision.ACCEPTED, Application.announced != Application.decision),
    )
    waits = and_(Application.decision == Decision.WAITLISTED, Application.announced == Decision.WAITLISTED)
    free = func.coalesce(Event.capacity, 0) - func.count().filter(is_held)
    waiting = func.count().filter(waits)
    rows = db.session.execute(
        select(Event.id, Event.name, free, waiting, func.count().over())
        .join(Application, Application.event_id == Event.id)
        .where(
            within(scope, Event.programme_id, Event.id),
            Event.capacity.isnot(None),
            Event.state.in_((EventState.PLANNED, EventState.OPEN, EventState.CLOSED)),
            Event.starts_on > today,
            Application.withdrawn_at.is_(None),
            Application.erased_at.is_(None),
        )
        .group_by(Event.id)
        .having(and_(free > 0, waiting > 0))
        .order_by(free.desc(), Event.id)
        .limit(limit)
    )
    return [PlacesFree(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class NextRun:
    """A letter by rule that goes out by itself; ``count`` is how many there are in that time."""

    run_id: int
    rule: str
    due_at: datetime | None
    event_id: int
    event_name: str
    count: int


def find_next_runs(scope: Scope, until: datetime, limit: int) -> list[NextRun]:
    """Return what rules send up to a moment, the next first."""
    rows = db.session.execute(
        select(RuleRun.id, RuleRun.rule, RuleRun.due_at, Event.id, Event.name, func.count().over())
        .join(Event, Event.id == RuleRun.event_id)
        .where(
            and_(RuleRun.state == RunState.SCHEDULED, RuleRun.due_at <= until),
            within(scope, RuleRun.programme_id, RuleRun.event_id),
        )
        .order_by(RuleRun.due_at, RuleRun.id)
        .limit(limit)
    )
    return [NextRun(*row) for row in rows]
