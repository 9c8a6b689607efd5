"""Shoots that wait: for a person's decision, or for a time and a gate; those of one deed are one."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Integer, String, Subquery, and_, cast, func, literal, not_, or_, select

from webapp.core.database import db
from webapp.mail.domain.report_words import readable_subject
from webapp.mail.domain.states import EmailState, ShootKind, ShootState
from webapp.mail.models.letter import LetterVersion
from webapp.mail.models.shoot import Shoot, ShootTally
from webapp.mail.queries.report import visible_shoots
from webapp.people.domain.scope import Scope

TIME_IS_OVER = timedelta(minutes=5)  # the ticker lets them go within seconds
GATE_IS_SHUT = timedelta(hours=1)  # longer than a mailbox is tried to be made by itself


@dataclass(frozen=True, slots=True)
class StoppedShoot:
    """A shoot that goes on only if somebody says so; ``count`` is how many there are in all."""

    shoot_id: int
    subject: str
    state: ShootState
    state_reason: str | None
    programme_id: int | None
    event_id: int | None
    at: datetime
    count: int


def find_stopped(scope: Scope, limit: int) -> list[StoppedShoot]:
    """Return the shoots that were halted or missed their time, the latest first."""
    rows = db.session.execute(
        select(
            Shoot.id,
            LetterVersion.subject,
            Shoot.constants,
            Shoot.state,
            Shoot.state_reason,
            Shoot.programme_id,
            Shoot.event_id,
            func.coalesce(Shoot.scheduled_at, Shoot.created_at).label("at"),
            func.count().over().label("total"),
        )
        .join(LetterVersion, LetterVersion.id == Shoot.letter_version_id)
        .where(
            visible_shoots(scope),
            Shoot.state.in_((ShootState.MISSED, ShootState.HALTED)),
            Shoot.kind != ShootKind.TEST,
        )
        .order_by(Shoot.id.desc())
        .limit(limit)
    )
    return [
        StoppedShoot(
            shoot_id=row.id,
            subject=readable_subject(row.subject, row.constants),
            state=ShootState(row.state),
            state_reason=row.state_reason,
            programme_id=row.programme_id,
            event_id=row.event_id,
            at=row.at,
            count=row.total,
        )
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class HeldBatch:
    """Letters of one deed that are written and wait.

    Args:
        batch: the deed; None for a shoot that stands for itself.
        shoot_id: the first of its shoots.
        causes: the roles of its letters.
        programme_id, event_id: where it belongs.
        gate: what it waits for beside the time; None for nothing.
        until: when its time is over; None for at once.
        since: when it was written.
        letter_count: how many letters wait.
        count: how many such deeds there are in all.
    """

    batch: str | None
    shoot_id: int
    causes: tuple[str, ...]
    programme_id: int | None
    event_id: int | None
    gate: str | None
    until: datetime | None
    since: datetime
    letter_count: int
    count: int


def _held_too_long(now: datetime) -> ColumnElement[bool]:
    """Return the condition for held shoots that should have left long ago, by their time or but for their gate.

    Args:
        now: the time, aware.
    """
    could_leave = func.coalesce(Shoot.scheduled_at, Shoot.created_at)
    return or_(
        and_(Shoot.gate.is_(None), could_leave < now - TIME_IS_OVER),
        and_(Shoot.gate.isnot(None), could_leave < now - GATE_IS_SHUT),
    )


def _held_shoots(scope: Scope, is_late: bool, now: datetime) -> Subquery:
    """Return the held shoots that may be seen, each with its letters that wait and the word for its deed."""
    late = _held_too_long(now)
    waiting = (
        select(func.coalesce(func.sum(ShootTally.letter_count), 0))
        .where(ShootTally.shoot_id == Shoot.id, ShootTally.state == EmailState.PENDING)
        .correlate(Shoot)
        .scalar_subquery()
    )
    return (
        select(
            Shoot.id,
            Shoot.batch,
            Shoot.cause,
            Shoot.programme_id,
            Shoot.event_id,
            Shoot.gate,
            Shoot.scheduled_at,
            Shoot.created_at,
            waiting.label("letters"),
            func.coalesce(Shoot.batch, func.concat(literal("shoot:"), cast(Shoot.id, String))).label("deed"),
        )
        .where(Shoot.state == ShootState.HELD, visible_shoots(scope), late if is_late else not_(late))
        .subquery("held")
    )


def find_held(scope: Scope, limit: int, *, is_late: bool, now: datetime) -> list[HeldBatch]:
    """Return what is held, by deed; what leaves first comes first.

    Args:
        scope: who asks.
        limit: how many deeds at most.
        is_late: those that should have left long ago, or else all others.
        now: the time, aware.
    """
    held = _held_shoots(scope, is_late, now)
    until = func.max(held.c.scheduled_at)
    rows = db.session.execute(
        select(
            func.min(held.c.batch),
            func.min(held.c.id),
            func.array_agg(held.c.cause.distinct()),
            func.min(held.c.programme_id),
            func.min(held.c.event_id),
            func.min(held.c.gate),
            until,
            func.min(held.c.created_at),
            cast(func.sum(held.c.letters), Integer),
            func.count().over(),
        )
        .group_by(held.c.deed)
        .order_by(until.nulls_first(), func.min(held.c.id))
        .limit(limit)
    )
    return [
        HeldBatch(batch, shoot_id, tuple(filter(None, causes)), *rest)
        for batch, shoot_id, causes, *rest in rows
    ]
