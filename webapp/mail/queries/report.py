"""Questions about how far shoots have come: counted from tallies, never by reading the letters."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, cast, func, or_, select
from sqlalchemy.dialects.postgresql import JSONB

from webapp.core.database import db
from webapp.core.errors import NotFoundError
from webapp.core.heartbeat import Heartbeat
from webapp.mail.domain.brakes import CLOSED
from webapp.mail.domain.report import Sample, ShootSummary, add_up, bin_width
from webapp.mail.domain.states import EmailState, ShootState
from webapp.mail.models.email_log import EmailEvent, EmailLog
from webapp.mail.models.shoot import Chunk, Shoot, ShootSample, ShootTally
from webapp.mail.queries.lease import LEASE
from webapp.people.domain.scope import Scope
from webapp.people.queries.scope import within

ANSWERED_AGAIN = (EmailState.FAILED, EmailState.CANCELLED, EmailState.SKIPPED)


def visible_shoots(scope: Scope) -> ColumnElement[bool]:
    """Return the condition for shoots that may be seen: those of one's places, and one's own."""
    return or_(within(scope, Shoot.programme_id, Shoot.event_id), Shoot.author_id == scope.user_id)


def _summary_query() -> Select[*tuple[Any, ...]]:
    """Return the query for summaries: one row a shoot, its tallies folded into one value."""
    per_state = (
        select(ShootTally.state, ShootTally.reason, func.sum(ShootTally.letter_count).label("letters"))
        .where(ShootTally.shoot_id == Shoot.id)
        .group_by(ShootTally.state, ShootTally.reason)
        .having(func.sum(ShootTally.letter_count) != 0)
        .correlate(Shoot)
        .subquery()
    )
    tallies = select(
        func.jsonb_agg(
            func.jsonb_build_array(per_state.c.state, per_state.c.reason, per_state.c.letters, type_=JSONB)
        )
    ).scalar_subquery()
    # Numbers of a shoot run from nought without a gap, so the highest one counts the rows, apart from tallies.
    highest = (
        select(func.max(EmailLog.seq)).where(EmailLog.shoot_id == Shoot.id).correlate(Shoot).scalar_subquery()
    )
    return select(
        Shoot.id,
        Shoot.state,
        Shoot.kind,
        func.coalesce(highest + 1, 0).label("audience"),
        tallies.label("tallies"),
        Shoot.confirmed_count,
        Shoot.state_reason,
        Shoot.scheduled_at,
        Shoot.created_at,
        Shoot.started_at,
        Shoot.completed_at,
    )


def find_summaries(scope: Scope, shoot_ids: Sequence[int]) -> dict[int, ShootSummary]:
    """Return the numbers of shoots, by one question for all of them; those that may not be seen are left out."""
    if not shoot_ids:
        return {}
    rows = db.session.execute(_summary_query().where(Shoot.id.in_(shoot_ids), visible_shoots(scope)))
    return {
        row.id: ShootSummary(
            shoot_id=row.id,
            state=ShootState(row.state),
            kind=row.kind,
            audience=row.audience,
            counts=add_up((state, reason, count) for state, reason, count in row.tallies or ()),
            expected=row.confirmed_count,
            state_reason=row.state_reason,
            scheduled_at=row.scheduled_at,
            created_at=row.created_at,
            started_at=row.started_at,
            completed_at=row.completed_at,
        )
        for row in rows
    }


def get_summary(scope: Scope, shoot_id: int) -> ShootSummary:
    """Return the numbers of one shoot.

    Raises:
        NotFoundError: there is none, or it is not for this member of staff.
    """
    found = find_summaries(scope, [shoot_id])
    if shoot_id not in found:
        raise NotFoundError("There is no such shoot.")
    return found[shoot_id]


def find_recent_samples(shoot_id: int) -> tuple[list[Sample], datetime]:
    """Return the latest samples of a shoot, newest first, and the database's time."""
    rows = db.session.execute(
        select(ShootSample.at, ShootSample.settled_count)
        .where(ShootSample.shoot_id == shoot_id)
        .order_by(ShootSample.at.desc())
        .limit(30)
    )
    samples = [Sample(row.at, row.settled_count) for row in rows]
    return samples, db.session.execute(select(func.clock_timestamp())).scalar_one()


def find_samples(shoot_id: int, at_most: int | None = None) -> tuple[list[Sample], int]:
    """Return a shoot's samples for a chart, oldest first, thinned to what a chart can show.

    Args:
        shoot_id: whose.
        at_most: leave out samples above this count: the sweep that marks what a cancelled shoot did not send
            is no throughput.

    Returns:
        The samples, and how many seconds one of them stands for.
    """
    mine = ShootSample.shoot_id == shoot_id
    ends = select(func.min(ShootSample.at), func.max(ShootSample.at)).where(mine).having(func.count() > 0)
    found = db.session.execute(ends).first()
    if found is None:
        return [], 1
    width = bin_width(*found)
    if at_most is not None:
        mine &= ShootSample.settled_count <= at_most
    stretch = func.floor(func.extract("epoch", ShootSample.at) / width)
    rows = db.session.execute(
        select(func.max(ShootSample.at), func.max(ShootSample.settled_count))
        .where(mine)
        .group_by(stretch)
        .order_by(stretch)
    )
    return [Sample(at, settled) for at, settled in rows], width


@dataclass(frozen=True, slots=True)
class Mishap:
    """Something that went wrong with a letter of a shoot."""

    seq: int
    at: datetime
    type: str
    detail: str


def find_last_mishaps(shoot_id: int, limit: int = 100) -> list[Mishap]:
    """Return the latest things that went wrong in a shoot, newest first."""
    rows = db.session.execute(
        select(EmailEvent.seq, EmailEvent.at, EmailEvent.type, EmailEvent.detail)
        .where(
            EmailEvent.shoot_id == shoot_id,
            EmailEvent.type.in_([EmailState.FAILED, EmailState.DEFERRED, EmailState.UNCERTAIN]),
        )
        .order_by(EmailEvent.id.desc())
        .limit(limit)
    )
    return [Mishap(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class WorkerAtWork:
    """A worker that holds chunks of a shoot; ``seen_at`` is when it last renewed a lease or gave a sign of life."""

    name: str
    host: str
    chunks: list[int]
    seen_at: datetime


def find_workers(shoot_id: int) -> list[WorkerAtWork]:
    """Return who works on a shoot: the holders of its chunks, with their last sign of life."""
    worker = func.split_part(Chunk.owner, "/", 1)
    rows = db.session.execute(
        select(
            worker.label("name"),
            func.coalesce(func.max(Heartbeat.detail["host"].astext), "").label("host"),
            func.array_agg(Chunk.number.expression).label("chunks"),
            func.greatest(func.max(Chunk.lease_until) - LEASE, func.max(Heartbeat.seen_at)).label("seen_at"),
        )
        .join(Heartbeat, Heartbeat.name == worker, isouter=True)
        .where(Chunk.shoot_id == shoot_id, Chunk.owner.isnot(None))
        .group_by(worker)
        .order_by(worker)
    )
    return [WorkerAtWork(row.name, row.host, sorted(row.chunks), row.seen_at) for row in rows]


def count_live_workers(lane: str, seconds: int = 60) -> int:
    """Return how many workers of a lane gave a sign of life in the last seconds; an idle one does every 15."""
    return (
        db.session.scalar(
            select(func.count()).where(
                Heartbeat.kind == f"worker_{lane}",
                Heartbeat.seen_at > func.now() - func.make_interval(0, 0, 0, 0, 0, 0, seconds),
            )
        )
        or 0
    )


def get_next_retry(shoot_id: int) -> datetime | None:
    """Return when the first of the letters that were put off is tried again, as far as chunks nobody holds tell."""
    return db.session.scalar(
        select(func.min(Chunk.next_at)).where(
            Chunk.shoot_id == shoot_id, Chunk.next_at > func.now(), Chunk.next_at < CLOSED
        )
    )


def find_resends(scope: Scope, shoot_id: int) -> list[int]:
    """Return the shoots that send letters of this one again, oldest first."""
    return list(
        db.session.scalars(
            select(Shoot.id).where(Shoot.resend_of_id == shoot_id, visible_shoots(scope)).order_by(Shoot.id)
        )
    )


def count_resendable(summary: ShootSummary) -> int:
    """Return how many letters “resend the failed” would send: those that failed and are not under way again."""
    failed = summary.failed_count
    has_resend = select(Shoot.id).where(Shoot.resend_of_id == summary.shoot_id)
    if not failed or db.session.scalar(has_resend.limit(1)) is None:
        return failed
    again = EmailLog.__table__.alias("again")
    answered = db.session.scalar(
        select(func.count(EmailLog.seq.distinct()))
        .join(
            again,
            # resend:shoot:seq:try, see copy_letters
            cast(func.split_part(again.c.dedupe_key, ":", 3), Integer) == EmailLog.seq,
        )
        .where(
            EmailLog.shoot_id == summary.shoot_id,
            EmailLog.state == EmailState.FAILED,
            again.c.shoot_id.in_(has_resend),
            again.c.state.not_in(ANSWERED_AGAIN),
        )
    )
    return max(failed - (answered or 0), 0)
