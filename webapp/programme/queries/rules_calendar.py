"""Runs of rules by the day on which they are due, and those that need somebody; within what the asker may see."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import func, select

from webapp.core.database import db
from webapp.people.domain.scope import Scope
from webapp.programme.domain.rule_states import RunState
from webapp.programme.models.programme import Event
from webapp.programme.models.rule import RuleRun
from webapp.programme.queries.rules_runs import RunFilter

TROUBLED = (RunState.FAILED, RunState.MISSED)

Found = list[tuple[RuleRun, Event]]


def find_runs_between(
    scope: Scope, wanted: RunFilter, start: datetime, end: datetime, *, limit: int
) -> Found:
    """Return the runs that are due from ``start`` until before ``end``, the earliest first, with their events.

    Args:
        scope: who asks.
        wanted: narrows them.
        start, end: aware.
        limit: at most so many.
    """
    rows = db.session.execute(
        select(RuleRun, Event)
        .join(Event, Event.id == RuleRun.event_id)
        .where(wanted.condition(scope), RuleRun.due_at >= start, RuleRun.due_at < end)
        .order_by(RuleRun.due_at, RuleRun.id)
        .limit(limit)
    )
    return [(row[0], row[1]) for row in rows]


def find_troubled_runs(scope: Scope, wanted: RunFilter, *, limit: int) -> Found:
    """Return runs that failed or were missed, whenever they were due, the latest first, with their events."""
    rows = db.session.execute(
        select(RuleRun, Event)
        .join(Event, Event.id == RuleRun.event_id)
        .where(replace(wanted, state=None).condition(scope), RuleRun.state.in_(TROUBLED))
        .order_by(RuleRun.due_at.desc().nulls_last(), RuleRun.id.desc())
        .limit(limit)
    )
    return [(row[0], row[1]) for row in rows]


def count_undated_runs(scope: Scope, wanted: RunFilter) -> int:
    """Count the runs that stand on no day, because their events have no date."""
    query = select(func.count()).select_from(RuleRun).where(wanted.condition(scope), RuleRun.due_at.is_(None))
    return db.session.scalar(query) or 0
