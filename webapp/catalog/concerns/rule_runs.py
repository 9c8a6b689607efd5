"""Concern: letters by rule whose time passed, or that could not be written."""

from datetime import datetime, timedelta

from sqlalchemy import func, select

from webapp.core.database import db
from webapp.people.domain.concerns import Concern, ConcernKind, Found, Way, register_concern
from webapp.people.domain.scope import Scope
from webapp.people.queries.scope import within
from webapp.programme.domain.rule_states import RunState
from webapp.programme.domain.rules import RULES
from webapp.programme.models.rule import RuleRun

LOOK_BACK = timedelta(days=60)  # what was missed before that nobody wants to get any more


@register_concern
class RuleRuns(ConcernKind):
    """Runs that were missed or failed, the latest first."""

    name = "rule_runs"
    label = "Letters by rule"
    rank = 30

    def find(self, scope: Scope, now: datetime, limit: int) -> Found:
        """Return the runs."""
        rows = db.session.execute(
            select(
                RuleRun.id,
                RuleRun.rule,
                RuleRun.state,
                RuleRun.reason,
                RuleRun.due_at,
                RuleRun.programme_id,
                RuleRun.event_id,
                func.count().over().label("total"),
            )
            .where(
                within(scope, RuleRun.programme_id, RuleRun.event_id),
                RuleRun.state.in_((RunState.MISSED, RunState.FAILED)),
                RuleRun.due_at > now - LOOK_BACK,
            )
            .order_by(RuleRun.due_at.desc(), RuleRun.id)
            .limit(limit)
        ).all()
        concerns = tuple(
            Concern(
                title=RULES.get(row.rule).label if row.rule in RULES else row.rule,
                words=row.reason or "Its time passed."
                if row.state == RunState.MISSED
                else _failure(row.reason),
                action="Decide" if row.state == RunState.MISSED else "Retry",
                way=Way("rules.show", {"run_id": row.id}),
                programme_id=row.programme_id,
                event_id=row.event_id,
                since=row.due_at,
            )
            for row in rows
        )
        rest = Way("rules.index", {"state": rows[0].state}) if rows else None
        return Found(concerns, rows[0].total if rows else 0, rest)


def _failure(reason: str) -> str:
    return f"It could not be written. {reason}".strip()
