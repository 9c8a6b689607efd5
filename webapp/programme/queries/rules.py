"""What rules need to know: facts of many events in a few statements."""

from collections import defaultdict
from collections.abc import Collection
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Select, and_, exists, func, or_, select

from webapp.core.database import db
from webapp.programme.domain.application_states import Rsvp
from webapp.programme.domain.rule_states import RunState
from webapp.programme.domain.rules import EventFacts, Occasion
from webapp.programme.models.application import Application
from webapp.programme.models.form import Form
from webapp.programme.models.programme import Event
from webapp.programme.models.rule import RuleRun, RuleSetting

OLD_DEADLINES = timedelta(days=30)  # what lies further back nobody is reminded of
SLACK_DAYS = 2  # zones: somewhere it is still yesterday


def find_events_to_plan(now: datetime, reach_days: int) -> list[int]:
    """Return the events that rules may have something to do with: not over for long, or with something open.

    Args:
        now: the moment, aware.
        reach_days: for how many days after an event the slowest rule may write.
    """
    last_day = func.coalesce(Event.ends_on, Event.starts_on)
    oldest: date = now.date() - timedelta(days=reach_days + SLACK_DAYS)
    is_open_run = exists().where(
        RuleRun.event_id == Event.id, RuleRun.state.in_([RunState.SCHEDULED, RunState.FAILED])
    )
    is_awaited = exists().where(
        Application.event_id == Event.id,
        Application.rsvp == Rsvp.INVITED,
        Application.rsvp_deadline > now - OLD_DEADLINES,
    )
    return list(
        db.session.scalars(
            select(Event.id)
            .where(or_(last_day.is_(None), last_day >= oldest, is_open_run, is_awaited))
            .order_by(Event.id)
        )
    )


def find_event_facts(event_ids: Collection[int], now: datetime) -> dict[int, EventFacts]:
    """Return what rules need to know of events, by event, by three statements however many there are."""
    if not event_ids:
        return {}
    deadlines = find_deadlines(event_ids, now)
    rows = db.session.execute(_facts(event_ids, now)).all()
    switched_off = find_switched_off({row.programme_id for row in rows})
    return {
        row.id: EventFacts(
            event_id=row.id,
            programme_id=row.programme_id,
            state=row.state,
            starts_on=row.starts_on,
            ends_on=row.ends_on,
            date_precision=row.date_precision,
            timezone=row.timezone,
            created_at=row.created_at,
            numbers_told_at=row.numbers_told_at,
            is_site_ready=row.is_site_ready,
            has_open_form=bool(row.has_open_form),
            deadlines=deadlines.get(row.id, ()),
            switched_off=switched_off.get(row.programme_id, frozenset()),
        )
        for row in rows
    }


def _facts(event_ids: Collection[int], now: datetime) -> Select[*tuple[Any, ...]]:
    """Return the statement for the events and their forms.

    A form that has been open and is closed now counts as open: its organizers have it in hand.
    """
    has_opened = or_(Form.opens_at <= now, and_(Form.opens_at.is_(None), Form.closes_at.is_not(None)))
    return (
        select(
            Event.id,
            Event.programme_id,
            Event.state,
            Event.starts_on,
            Event.ends_on,
            Event.date_precision,
            Event.timezone,
            Event.created_at,
            Event.numbers_told_at,
            Event.is_site_ready,
            has_opened.label("has_open_form"),
        )
        .outerjoin(Form, Form.event_id == Event.id)
        .where(Event.id.in_(event_ids))
    )


def find_deadlines(event_ids: Collection[int], now: datetime) -> dict[int, tuple[Occasion, ...]]:
    """Return the deadlines at which applicants of events have still to answer, the earliest first, by event."""
    rows = db.session.execute(
        select(
            Application.event_id,
            Application.rsvp_deadline,
            func.max(Application.announced_at).label("asked_at"),
            func.count().label("person_count"),
        )
        .where(
            Application.event_id.in_(event_ids),
            Application.rsvp == Rsvp.INVITED,
            Application.rsvp_deadline > now - OLD_DEADLINES,
            Application.withdrawn_at.is_(None),
            Application.erased_at.is_(None),
        )
        .group_by(Application.event_id, Application.rsvp_deadline)
        .order_by(Application.event_id, Application.rsvp_deadline)
    )
    found: defaultdict[int, list[Occasion]] = defaultdict(list)
    for row in rows:
        deadline = row.rsvp_deadline.astimezone(UTC)
        found[row.event_id].append(Occasion(deadline.isoformat(), deadline, row.asked_at, row.person_count))
    return {event_id: tuple(occasions) for event_id, occasions in found.items()}


def find_switched_off(programme_ids: Collection[int]) -> dict[int, frozenset[str]]:
    """Return the rules that programmes do not want, by programme."""
    rows = db.session.execute(
        select(RuleSetting.programme_id, RuleSetting.rule).where(
            RuleSetting.programme_id.in_(programme_ids), RuleSetting.is_enabled.is_(False)
        )
    )
    found: defaultdict[int, set[str]] = defaultdict(set)
    for programme_id, rule in rows:
        found[programme_id].add(rule)
    return {programme_id: frozenset(rules) for programme_id, rules in found.items()}


def find_occasion(facts: EventFacts, key: str) -> Occasion:
    """Return the occasion of a run; a deadline at which nobody has to answer any more has nobody in it."""
    if not key:
        return Occasion()
    known = {occasion.key: occasion for occasion in facts.deadlines}
    return known.get(key) or Occasion(key, datetime.fromisoformat(key))
