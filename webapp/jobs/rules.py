"""Rules in the ticker: planned once a minute, run when they are due, never in the way of anything else."""

import time
from collections.abc import Callable

import structlog

from webapp.core.clock import now
from webapp.core.database import db
from webapp.core.heartbeat import beat
from webapp.core.transaction import transaction
from webapp.programme.actions.rules import plan_runs
from webapp.programme.actions.rules_digest import write_digests
from webapp.programme.actions.rules_run import run_due

log = structlog.get_logger()

PLAN_EVERY = 60.0  # seconds
HEART = "rules"  # the sign of life that planning gives; old, and rules have stopped going out

_planned_at: float | None = None


def tick_rules() -> None:
    """Do what rules have to do now; a fault in one of the steps stops neither the others nor the ticker."""
    global _planned_at  # noqa: PLW0603 -- one process, one clock
    if _planned_at is None or time.monotonic() >= _planned_at + PLAN_EVERY:
        _planned_at = time.monotonic()
        _try("plan", _plan)
        _try("digest", lambda: write_digests(now()))
    _try("run", lambda: run_due(now()))


def _plan() -> None:
    planned = plan_runs(now())
    with transaction():
        beat(HEART, "rules", added=planned.added, changed=planned.changed)


def _try(step: str, call: Callable[[], object]) -> None:
    try:
        call()
    except Exception:  # letters of others must not wait for it
        log.exception("rules stopped", step=step)
        db.session.rollback()
