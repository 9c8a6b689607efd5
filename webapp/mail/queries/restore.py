"""What a restored backup still calls waiting: some of it left after the backup was taken, nobody here knows what."""

from sqlalchemy import ColumnElement, Table, and_, func, insert, literal, or_, select, text, update

from webapp.core.database import db
from webapp.core.move import moving
from webapp.mail.domain.states import EMAIL_MACHINE, REMAINING, EmailState, ShootState
from webapp.mail.models.email_log import EmailEvent, EmailLog
from webapp.mail.models.shoot import CHUNK_SIZE, Chunk, Shoot

RESTORED = (
    "The database was restored from a backup; whether this letter left after it was taken is not known."
)

_BEGUN = (ShootState.SENDING, ShootState.PAUSED, ShootState.HALTED)
_SKIPPED_NUMBERS = 1_000_000  # more than a backup can be behind
_SKIP = """
SELECT count(setval(format('%I.%I', schemaname, sequencename)::regclass, coalesce(last_value, 0) + :skipped))
FROM pg_sequences WHERE schemaname = current_schema()
"""
_emails: Table = EmailLog.__table__  # type: ignore[assignment]  # a mapped class's table is a Table


def skip_numbers() -> int:
    """Give no number anew that a row had which the backup does not know: links in letters would lead to strangers.

    Returns:
        How many kinds of rows have numbers.
    """
    return int(db.session.scalar(text(_SKIP), {"skipped": _SKIPPED_NUMBERS}) or 0)


def _has_work() -> ColumnElement[bool]:
    return or_(Chunk.next_at.isnot(None), Chunk.owner.isnot(None))


def count_not_frozen() -> int:
    """Return how many shoots are due and have no rows yet, or are held though their time is over."""
    is_due = and_(
        Shoot.state.in_([ShootState.SCHEDULED, ShootState.HELD]),
        Shoot.gate.is_(None),
        or_(Shoot.scheduled_at.is_(None), Shoot.scheduled_at <= func.now()),
    )
    query = select(func.count()).select_from(Shoot).where(or_(Shoot.state == ShootState.PREPARING, is_due))
    return int(db.session.scalar(query) or 0)


def count_held_chunks() -> int:
    """Return how many chunks are in the hands of workers that live."""
    query = select(func.count()).select_from(Chunk).where(Chunk.lease_until >= func.now())
    return int(db.session.scalar(query.where(Chunk.owner.isnot(None))) or 0)


def doubt_next_chunk() -> tuple[int, int] | None:
    """Make what waits in one chunk uncertain, each letter with an event, and leave nothing to do in the chunk.

    Returns:
        The shoot and how many letters, or None when no chunk of a shoot that has begun waits.
    """
    found = db.session.execute(
        select(Chunk.shoot_id, Chunk.number)
        .join(Shoot, Shoot.id == Chunk.shoot_id)
        .where(Shoot.state.in_(_BEGUN), _has_work())
        .limit(1)
        .with_for_update(of=Chunk)
    ).first()
    if found is None:
        return None
    first = found.number * CHUNK_SIZE
    moved = (
        moving(
            _emails, EMAIL_MACHINE, EmailState.UNCERTAIN, detail=RESTORED, settled_at=func.now(), next_at=None
        )
        .where(
            _emails.c.shoot_id == found.shoot_id,
            _emails.c.seq >= first,
            _emails.c.seq < first + CHUNK_SIZE,
            _emails.c.state.in_(REMAINING),
        )
        .returning(_emails.c.shoot_id, _emails.c.seq)
        .cte("moved")
    )
    told = select(moved.c.shoot_id, moved.c.seq, literal(EmailState.UNCERTAIN.value), literal(RESTORED))
    done = db.session.execute(
        insert(EmailEvent).from_select(["shoot_id", "seq", "type", "detail"], told).returning(EmailEvent.id)
    ).all()
    db.session.execute(
        update(Chunk)
        .where(Chunk.shoot_id == found.shoot_id, Chunk.number == found.number)
        .values(owner=None, lease_until=None, lease_number=Chunk.lease_number + 1, next_at=None)
        .execution_options(synchronize_session=False)
    )
    return found.shoot_id, len(done)
