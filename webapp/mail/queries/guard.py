"""What a guard asks about shoots that are sending: what came of their letters, and how far their canaries are."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Executable, FromClause, Select, Table, and_, false, func, or_, select, true, update

from webapp.core.database import db
from webapp.core.move import moving
from webapp.core.prepared import Prepared
from webapp.mail.domain.brakes import FEWEST_OF_CANARY, Counts
from webapp.mail.domain.states import SHOOT_MACHINE, EmailState, FailReason, ShootState
from webapp.mail.models.email_log import EmailEvent, EmailLog
from webapp.mail.models.shoot import CHUNK_SIZE, Shoot, ShootTally

_shoots: Table = Shoot.__table__  # type: ignore[assignment]  # a mapped class's table is a Table

UNTRIED = (EmailState.PENDING, EmailState.SENDING)


@dataclass(frozen=True, slots=True)
class Watched:
    """One shoot as a guard sees it.

    Args:
        shoot_id: which.
        counts: what came of its letters.
        forgiven: the counts at which somebody let it go on after it had halted.
        halt_percent: of failed addresses, at which it halts.
        canary_count: how many letters go first.
        open_to: letters below this number may go; None is all.
        is_waiting: its canary is through and the wait has begun.
        is_over: the wait is over, by the database's clock.
        untried: letters of its canary that were not tried yet; counted only before the wait.
        put_off: those that the other side wants later.
    """

    shoot_id: int
    counts: Counts
    forgiven: Mapping[str, int] | None
    halt_percent: int | None
    canary_count: int | None
    open_to: int | None
    is_waiting: bool
    is_over: bool
    untried: int
    put_off: int


def _tallied() -> FromClause:
    """Return what the tallies say of a shoot; of its canary only the chunks that are of it as a whole."""
    state, reason, number = ShootTally.state, ShootTally.reason, ShootTally.letter_count
    is_refused = and_(state == EmailState.FAILED, reason == FailReason.ADDRESS)
    is_handed = or_(
        state.in_((EmailState.SENT, EmailState.UNCERTAIN)),
        and_(state == EmailState.FAILED, reason.in_((FailReason.ADDRESS, FailReason.GAVE_UP))),
    )
    is_whole = ShootTally.chunk < Shoot.open_to // CHUNK_SIZE
    return (
        select(
            func.coalesce(func.sum(number).filter(is_handed), 0).label("handed"),
            func.coalesce(func.sum(number).filter(is_refused), 0).label("failed"),
            func.coalesce(func.sum(number).filter(state.in_(UNTRIED), is_whole), 0).label("untried"),
            func.coalesce(func.sum(number).filter(state == EmailState.DEFERRED, is_whole), 0).label(
                "put_off"
            ),
        )
        .where(ShootTally.shoot_id == Shoot.id)
        .correlate(Shoot)
        .lateral("tallied")
    )


def _at_the_edge() -> FromClause:
    """Return the letters of a canary in the chunk that holds its edge, of which the tally knows only the sum."""
    return (
        select(
            func.count().filter(EmailLog.state.in_(UNTRIED)).label("untried"),
            func.count().filter(EmailLog.state == EmailState.DEFERRED).label("put_off"),
        )
        .where(
            Shoot.canary_until.is_(None),
            EmailLog.shoot_id == Shoot.id,
            EmailLog.seq >= Shoot.open_to // CHUNK_SIZE * CHUNK_SIZE,
            EmailLog.seq < Shoot.open_to,
        )
        .correlate(Shoot)
        .lateral("at_the_edge")
    )


def _came_back() -> FromClause:
    """Return how many letters came back later, and how many were reported as spam."""
    return (
        select(
            func.count(EmailEvent.seq.distinct()).filter(EmailEvent.type == "bounced").label("bounced"),
            func.count(EmailEvent.seq.distinct()).filter(EmailEvent.type == "complained").label("complained"),
        )
        .where(EmailEvent.shoot_id == Shoot.id, EmailEvent.type.in_(("bounced", "complained")))
        .correlate(Shoot)
        .lateral("came_back")
    )


def _select_counts() -> Select[*tuple[Any, ...]]:
    """Return the query for shoots as a guard sees them; ``handed`` can be asked for in its conditions."""
    tallied, edge, back = _tallied(), _at_the_edge(), _came_back()
    everything = tallied.join(edge, true()).join(back, true())
    return (
        select(
            Shoot.id,
            tallied.c.handed,
            (tallied.c.failed + back.c.bounced).label("failed"),
            back.c.complained,
            Shoot.forgiven,
            Shoot.halt_percent,
            Shoot.canary_count,
            Shoot.open_to,
            Shoot.canary_until.isnot(None).label("is_waiting"),
            func.coalesce(Shoot.canary_until <= func.now(), false()).label("is_over"),
            (tallied.c.untried + edge.c.untried).label("untried"),
            (tallied.c.put_off + edge.c.put_off).label("put_off"),
        )
        .select_from(Shoot)
        .join(everything, true())
    )


def _build_watched() -> Executable:
    every = _select_counts().where(Shoot.state == ShootState.SENDING).subquery()
    return select(every).where(or_(every.c.open_to.isnot(None), every.c.handed >= FEWEST_OF_CANARY))


_WATCHED = Prepared(_build_watched)  # asked each second


def find_watched() -> list[Watched]:
    """Return all shoots that are sending of which there is something to judge, by one question."""
    return [
        Watched(
            shoot_id=row.id,
            counts=Counts(int(row.handed), int(row.failed), int(row.complained)),
            forgiven=row.forgiven,
            halt_percent=row.halt_percent,
            canary_count=row.canary_count,
            open_to=row.open_to,
            is_waiting=row.is_waiting,
            is_over=row.is_over,
            untried=int(row.untried),
            put_off=int(row.put_off),
        )
        for row in _WATCHED.run()
    ]


def get_counts(shoot_id: int) -> Counts:
    """Return what came of a shoot's letters so far."""
    row = db.session.execute(_select_counts().where(Shoot.id == shoot_id)).one()
    return Counts(int(row.handed), int(row.failed), int(row.complained))


def halt_shoot_row(shoot_id: int, reason: str) -> bool:
    """Halt a shoot if it is sending still; say whether it was."""
    return (
        db.session.execute(
            moving(_shoots, SHOOT_MACHINE, ShootState.HALTED, state_reason=reason)
            .where(_shoots.c.id == shoot_id, _shoots.c.state == ShootState.SENDING)
            .returning(_shoots.c.id)
        ).first()
        is not None
    )


def begin_wait(shoot_id: int) -> None:
    """Let the wait after a canary begin, by the database's clock."""
    db.session.execute(
        update(_shoots)
        .where(_shoots.c.id == shoot_id, _shoots.c.open_to.isnot(None), _shoots.c.canary_until.is_(None))
        .values(canary_until=func.now() + func.make_interval(0, 0, 0, 0, 0, _shoots.c.canary_minutes))
    )


def forgive(shoot_id: int) -> None:
    """Remember what came of a shoot until now, so that a guard judges only what comes after."""
    db.session.execute(
        update(_shoots).where(_shoots.c.id == shoot_id).values(forgiven=get_counts(shoot_id).to_json())
    )
