"""Runs of rules: those of events, the next one that is due, and the list that staff look at."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, select, update
from sqlalchemy.dialects.postgresql import insert

from webapp.core.database import db
from webapp.core.errors import NotFoundError
from webapp.mail.domain.states import EmailState
from webapp.mail.models.email_log import EmailLog
from webapp.mail.models.shoot import Shoot
from webapp.people.domain.scope import Scope
from webapp.people.queries.scope import within
from webapp.programme.domain.rule_states import RunState
from webapp.programme.models.programme import Event
from webapp.programme.models.rule import RuleRun

PLANNING = 0x52554C45  # the advisory lock under which one process at a time plans
UNSETTLED = (EmailState.PENDING, EmailState.SENDING, EmailState.DEFERRED)
DIGEST_DAYS = 7  # what has not settled after so long is told of nowhere


def claim_planning() -> bool:
    """Be the one who plans until the transaction ends; False while somebody else does."""
    return bool(db.session.scalar(select(func.pg_try_advisory_xact_lock(PLANNING))))


def find_runs_of(event_ids: Collection[int]) -> dict[tuple[int, str, str], RuleRun]:
    """Return the runs of events by (event, rule, occasion). They are not held: what moves them asks again."""
    rows = db.session.scalars(
        select(RuleRun).where(RuleRun.event_id.in_(event_ids)).execution_options(populate_existing=True)
    )
    return {(row.event_id, row.rule, row.occasion): row for row in rows}


def add_runs(rows: Sequence[dict[str, object]]) -> int:
    """Write runs of which there are none yet; what somebody else wrote in the meantime stays.

    Returns:
        How many were written.
    """
    if not rows:
        return 0
    statement = insert(RuleRun).values(list(rows)).on_conflict_do_nothing().returning(RuleRun.id)
    return len(db.session.execute(statement).all())


def correct_run(run: RuleRun, **values: object) -> bool:
    """Write columns of a run that stays in its state; False when somebody else has moved it."""
    done = db.session.execute(
        update(RuleRun)
        .where(RuleRun.id == run.id, RuleRun.state == run.state)
        .values(updated_at=func.now(), **values)
        .returning(RuleRun.id)
    ).first()
    return done is not None


def claim_due_run(now: datetime, run_id: int | None = None) -> RuleRun | None:
    """Return the next run that is due, held until the transaction ends; those held by others are passed over.

    Args:
        now: the moment, aware.
        run_id: only this one.
    """
    query = select(RuleRun).where(RuleRun.state == RunState.SCHEDULED, RuleRun.due_at <= now)
    if run_id is not None:
        query = query.where(RuleRun.id == run_id)
    return db.session.scalar(
        query.order_by(RuleRun.due_at, RuleRun.id)
        .limit(1)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )


def get_run(scope: Scope, run_id: int, *, held: bool = False) -> RuleRun:
    """Return one run, held until the transaction ends where it is to be changed.

    Raises:
        NotFoundError: there is none, or it is not for this member of staff.
    """
    query = select(RuleRun).where(RuleRun.id == run_id, within(scope, RuleRun.programme_id, RuleRun.event_id))
    if held:
        query = query.with_for_update().execution_options(populate_existing=True)
    run = db.session.scalar(query)
    if run is None:
        raise NotFoundError("There is no such run of a rule.")
    return run


@dataclass(frozen=True, slots=True)
class RunFilter:
    """What a list of runs is narrowed to; None is everything."""

    programme_id: int | None = None
    event_id: int | None = None
    rule: str | None = None
    state: str | None = None

    def condition(self, scope: Scope) -> ColumnElement[bool]:
        """Return the condition, within what may be seen."""
        wanted: list[ColumnElement[bool]] = [within(scope, RuleRun.programme_id, RuleRun.event_id)]
        for column, value in (
            (RuleRun.programme_id, self.programme_id),
            (RuleRun.event_id, self.event_id),
            (RuleRun.rule, self.rule),
            (RuleRun.state, self.state),
        ):
            if value is not None:
                wanted.append(column == value)
        return and_(*wanted)


def page_runs(scope: Scope, wanted: RunFilter, *, page: int, size: int) -> list[tuple[RuleRun, Event]]:
    """Return one page of runs with their events: what comes next first, then the past, the latest first.

    Args:
        scope: who asks.
        wanted: narrows the list.
        page: from 0.
        size: runs on a page; one more is returned where there is a next page.
    """
    is_open = RuleRun.state == RunState.SCHEDULED
    rows = db.session.execute(
        select(RuleRun, Event)
        .join(Event, Event.id == RuleRun.event_id)
        .where(wanted.condition(scope))
        .order_by(
            is_open.desc(),
            func.abs(func.extract("epoch", func.now() - RuleRun.due_at)).nulls_last(),
            RuleRun.id,
        )
        .offset(page * size)
        .limit(size + 1)
    )
    return [(row[0], row[1]) for row in rows]


def count_runs(scope: Scope, wanted: RunFilter) -> dict[str, int]:
    """Return how many runs there are in each state, the filter's own state aside."""
    anyhow = RunFilter(wanted.programme_id, wanted.event_id, wanted.rule)
    rows = db.session.execute(
        select(RuleRun.state, func.count()).where(anyhow.condition(scope)).group_by(RuleRun.state)
    )
    return {row[0]: row[1] for row in rows}


def count_letters(batches: Collection[str]) -> dict[str, dict[str, int]]:
    """Return how many letters are in each state, by batch, counted from the rows."""
    rows = db.session.execute(
        select(Shoot.batch, EmailLog.state, func.count())
        .join(EmailLog, EmailLog.shoot_id == Shoot.id)
        .where(Shoot.batch.in_(batches))
        .group_by(Shoot.batch, EmailLog.state)
    )
    found: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for batch, state, count in rows:
        found[batch or ""][state] = count
    return dict(found)


def find_runs_to_digest(rules: Collection[str], now: datetime) -> list[RuleRun]:
    """Return runs of the last days that support has not been told of, held; those others hold are passed over."""
    return list(
        db.session.scalars(
            select(RuleRun)
            .where(
                RuleRun.rule.in_(rules),
                RuleRun.state == RunState.SENT,
                RuleRun.batch.is_not(None),
                RuleRun.ran_at > now - timedelta(days=DIGEST_DAYS),
            )
            .order_by(RuleRun.programme_id, RuleRun.due_at, RuleRun.id)
            .with_for_update(skip_locked=True)
            .execution_options(populate_existing=True)
        )
    )


def find_digested(keys: Collection[tuple[int, str]], digest_rule: str) -> set[tuple[int, str]]:
    """Return which (event, occasion) a digest has been written for."""
    rows = db.session.execute(
        select(RuleRun.event_id, RuleRun.occasion).where(
            RuleRun.rule == digest_rule, RuleRun.event_id.in_({event_id for event_id, _ in keys})
        )
    )
    return {(row[0], row[1]) for row in rows} & set(keys)


def find_reached(batches: Collection[str]) -> dict[str, list[str]]:
    """Return the names, or addresses, of those whose letters were really taken by a mail server, by batch."""
    rows = db.session.execute(
        select(Shoot.batch, func.coalesce(EmailLog.name, EmailLog.address, "?"))
        .join(EmailLog, EmailLog.shoot_id == Shoot.id)
        .where(Shoot.batch.in_(batches), EmailLog.state == EmailState.SENT)
        .order_by(Shoot.batch, EmailLog.shoot_id, EmailLog.seq)
    )
    found: defaultdict[str, list[str]] = defaultdict(list)
    for batch, who in rows:
        found[batch or ""].append(who)
    return dict(found)
