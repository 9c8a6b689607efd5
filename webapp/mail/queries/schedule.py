"""Questions about shoots: which are due, which are done, what may be seen of them."""

from datetime import timedelta

from sqlalchemy import Table, and_, case, exists, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from webapp.core.database import db
from webapp.core.errors import NotFoundError
from webapp.core.move import moving
from webapp.mail.domain.states import (
    EMAIL_MACHINE,
    REMAINING,
    SHOOT_MACHINE,
    EmailState,
    ShootState,
)
from webapp.mail.models.email_log import EmailLog
from webapp.mail.models.shoot import CHUNK_SIZE, Chunk, Shoot, ShootSample, ShootTally
from webapp.people.domain.scope import Scope
from webapp.people.queries.scope import within

LATENESS = timedelta(hours=1)  # a shoot that comes later than this is missed, and a person decides

_shoots: Table = Shoot.__table__  # type: ignore[assignment]  # a mapped class's table is a Table
_emails: Table = EmailLog.__table__  # type: ignore[assignment]


def get_shoot(scope: Scope, shoot_id: int) -> Shoot:
    """Return one shoot.

    Raises:
        NotFoundError: there is none, or it is not for this member of staff.
    """
    shoot = db.session.scalar(
        select(Shoot).where(
            Shoot.id == shoot_id,
            or_(within(scope, Shoot.programme_id, Shoot.event_id), Shoot.author_id == scope.user_id),
        )
    )
    if shoot is None:
        raise NotFoundError("There is no such shoot.")
    return shoot


def start_due_shoots() -> list[str]:
    """Move scheduled shoots whose time has come to preparing, and those that come too late to missed.

    Returns:
        The lanes in which there is work now.
    """
    late = "Its time passed while nothing was running that could have sent it."
    db.session.execute(
        moving(_shoots, SHOOT_MACHINE, ShootState.MISSED, state_reason=late).where(
            _shoots.c.scheduled_at < func.now() - LATENESS, _shoots.c.state == ShootState.SCHEDULED
        )
    )
    started = db.session.scalars(
        moving(_shoots, SHOOT_MACHINE, ShootState.PREPARING)
        .where(_shoots.c.scheduled_at <= func.now(), _shoots.c.state == ShootState.SCHEDULED)
        .returning(_shoots.c.lane)
    )
    return sorted(set(started))


def find_lanes_with_preparing() -> list[str]:
    """Return the lanes in which an audience is to be frozen."""
    return list(db.session.scalars(select(Shoot.lane).where(Shoot.state == ShootState.PREPARING).distinct()))


def complete_shoots(shoot_id: int | None = None) -> int:
    """Complete shoots of which no letter is left to deliver; a cancelled one gets its end written down.

    Args:
        shoot_id: look at this one only.

    Returns:
        How many came to their end.
    """
    under_way = exists().where(
        Chunk.shoot_id == _shoots.c.id, or_(Chunk.next_at.isnot(None), Chunk.owner.isnot(None))
    )
    only = _shoots.c.id == shoot_id if shoot_id is not None else _shoots.c.state == ShootState.SENDING
    done = db.session.execute(
        moving(_shoots, SHOOT_MACHINE, ShootState.COMPLETED, completed_at=func.now())
        .where(only, _shoots.c.state == ShootState.SENDING, ~under_way)
        .returning(_shoots.c.id)
    ).all()
    ended = db.session.execute(
        update(_shoots)
        .where(_shoots.c.state == ShootState.CANCELLED, _shoots.c.completed_at.is_(None), ~under_way)
        .values(completed_at=func.now())
        .returning(_shoots.c.id)
    ).all()
    return len(done) + len(ended)


def cancel_next_chunk() -> bool:
    """Cancel what is left of one chunk of a cancelled shoot.

    Returns:
        Whether there was one.
    """
    found = db.session.execute(
        select(Chunk.shoot_id, Chunk.number)
        .join(Shoot, Shoot.id == Chunk.shoot_id)
        .where(
            Shoot.state == ShootState.CANCELLED,
            Shoot.completed_at.is_(None),
            Chunk.next_at.isnot(None),
            Chunk.owner.is_(None),
        )
        .limit(1)
        .with_for_update(of=Chunk, skip_locked=True)
    ).first()
    if found is None:
        return False
    first = found.number * CHUNK_SIZE
    db.session.execute(
        moving(_emails, EMAIL_MACHINE, EmailState.CANCELLED, settled_at=func.now(), next_at=None).where(
            _emails.c.shoot_id == found.shoot_id,
            _emails.c.seq >= first,
            _emails.c.seq < first + CHUNK_SIZE,
            # what is uncertain may have arrived; only a person may call it cancelled
            _emails.c.state.in_([EmailState.PENDING, EmailState.DEFERRED]),
        )
    )
    db.session.execute(
        update(Chunk)
        .where(Chunk.shoot_id == found.shoot_id, Chunk.number == found.number)
        .values(next_at=None)
        .execution_options(synchronize_session=False)
    )
    return True


def sample_shoots() -> None:
    """Write down how many letters each running shoot has settled, for its chart; equal values are left out."""
    done = case((ShootTally.state.in_(REMAINING), 0), else_=ShootTally.letter_count)
    now = (
        select(ShootTally.shoot_id, func.sum(done).label("settled"))
        .join(Shoot, Shoot.id == ShootTally.shoot_id)
        .where(
            or_(
                Shoot.state == ShootState.SENDING,
                # the last value too, after its end
                and_(Shoot.completed_at > func.now() - timedelta(seconds=30)),
            )
        )
        .group_by(ShootTally.shoot_id)
        .subquery()
    )
    latest = (
        select(func.max(ShootSample.settled_count))
        .where(ShootSample.shoot_id == now.c.shoot_id)
        .correlate(now)
        .scalar_subquery()
    )
    rows = select(now.c.shoot_id, func.now(), now.c.settled).where(
        or_(latest.is_(None), latest < now.c.settled)
    )
    db.session.execute(
        insert(ShootSample).from_select(["shoot_id", "at", "settled_count"], rows).on_conflict_do_nothing()
    )
