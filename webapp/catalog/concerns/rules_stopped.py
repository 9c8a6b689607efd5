"""Concern: rules have stopped going out, for everybody."""

from datetime import datetime, timedelta

from sqlalchemy import select

from webapp.core.database import db
from webapp.core.heartbeat import Heartbeat
from webapp.people.domain.concerns import Concern, ConcernKind, Found, Way, register_concern
from webapp.people.domain.scope import Scope
from webapp.programme.domain.rule_states import RunState
from webapp.programme.models.rule import RuleRun

HEART = "rules"  # the name of the sign of life that planning gives once a minute
PATIENCE = timedelta(minutes=3)


@register_concern
class RulesStopped(ConcernKind):
    """No sign of life of the rules for minutes, or none at all while a run is overdue; support is told."""

    name = "rules_stopped"
    label = "Mail by rule"
    rank = 1

    def find(self, scope: Scope, now: datetime, limit: int) -> Found:
        """Return at most one concern, for those who see a programme whole."""
        if not (scope.is_administrator or scope.programme_ids):
            return Found()
        seen_at = db.session.scalar(select(Heartbeat.seen_at).where(Heartbeat.name == HEART))
        is_silent = seen_at < now - PATIENCE if seen_at is not None else _is_overdue(now)
        if not is_silent:
            return Found()
        words = "Nothing goes out by rule until Postroom’s ticker works again: tell whoever runs it."
        way = Way("rules.index", {"state": RunState.SCHEDULED})
        return Found((Concern("Rules stopped going out", words, "See what is due", way, since=seen_at),), 1)


def _is_overdue(now: datetime) -> bool:
    """Say whether a run waits that should have gone out."""
    overdue = select(RuleRun.id).where(RuleRun.state == RunState.SCHEDULED, RuleRun.due_at < now - PATIENCE)
    return db.session.scalar(overdue.limit(1)) is not None
