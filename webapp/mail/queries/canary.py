"""The letters of a shoot that wait for its canary: closed when they are frozen, opened when it went well.

A closed chunk is due at a time that never comes, and so are the closed letters of the chunk that holds the edge:
what claims chunks and hands letters over needs to know nothing of canaries.
"""

from typing import Any

from sqlalchemy import Table, and_, func, or_, select, update

from webapp.core.database import db
from webapp.mail.domain.brakes import CLOSED
from webapp.mail.domain.states import EmailState
from webapp.mail.models.email_log import EmailLog
from webapp.mail.models.shoot import CHUNK_SIZE, Chunk, Shoot
from webapp.people.models.person import Person

_emails: Table = EmailLog.__table__  # type: ignore[assignment]  # a mapped class's table is a Table
_DRAWS = 1_000_000


def freezing_order(shoot: Shoot) -> list[Any]:
    """Return the order in which an audience is frozen: by person, but with a canary a fair sample comes first.

    The sample is drawn by a hash of person and shoot and in itself ordered by person, as is the rest, so that
    indexes on the person still grow nearly in order.
    """
    by_person: list[Any] = [Person.id]
    if shoot.canary_count is None or not shoot.confirmed_count:
        return by_person
    draw = func.abs(func.mod(func.hashint8extended(Person.id, shoot.id), _DRAWS))
    return [draw >= _DRAWS * shoot.canary_count // shoot.confirmed_count, *by_person]


def close_rest(shoot: Shoot) -> None:
    """Let only the canary of a shoot go, where it has one; one that is no smaller than the shoot is none."""
    if shoot.canary_count is None:
        return
    # who is skipped counts for nothing: the canary is of letters
    edge = db.session.scalar(
        select(EmailLog.seq)
        .where(EmailLog.shoot_id == shoot.id, EmailLog.state == EmailState.PENDING)
        .order_by(EmailLog.seq)
        .offset(shoot.canary_count)
        .limit(1)
    )
    if edge is None:
        return
    shoot.open_to = edge
    db.session.execute(
        update(_emails)
        .where(_in_edge_chunk(shoot.id, edge), _emails.c.state == EmailState.PENDING)
        .values(next_at=CLOSED)
    )
    db.session.execute(
        update(Chunk)
        .where(
            Chunk.shoot_id == shoot.id,
            Chunk.number * CHUNK_SIZE >= edge,
            Chunk.next_at.isnot(None),
        )
        .values(next_at=CLOSED)
        .execution_options(synchronize_session=False)
    )


def _in_edge_chunk(shoot_id: int, edge: int) -> Any:
    """Return the condition for the letters from the edge on in the chunk that holds it."""
    end = (edge // CHUNK_SIZE + 1) * CHUNK_SIZE
    return and_(_emails.c.shoot_id == shoot_id, _emails.c.seq >= edge, _emails.c.seq < end)


def open_rest(shoot_id: int, edge: int) -> bool:
    """Let the rest of a shoot go too; doing it twice, or by two at once, does it once.

    Chunks are locked before the shoot, as whoever claims one does.

    Args:
        shoot_id: whose.
        edge: its ``open_to``.

    Returns:
        Whether it was closed until now.
    """
    edge_chunk = edge // CHUNK_SIZE
    # The chunk at the edge is locked first: whoever holds it then finds its letters open when giving it back.
    db.session.execute(
        select(Chunk.number).where(Chunk.shoot_id == shoot_id, Chunk.number == edge_chunk).with_for_update()
    )
    db.session.execute(
        update(_emails)
        .where(_in_edge_chunk(shoot_id, edge), _emails.c.next_at == CLOSED)
        .values(next_at=None)
    )
    db.session.execute(
        update(Chunk)
        .where(
            Chunk.shoot_id == shoot_id,
            or_(
                Chunk.next_at == CLOSED,
                and_(Chunk.number == edge_chunk, Chunk.owner.is_(None), Chunk.next_at.isnot(None)),
            ),
        )
        .values(next_at=func.now())
        .execution_options(synchronize_session=False)
    )
    opened = db.session.scalar(
        update(Shoot)
        .where(Shoot.id == shoot_id, Shoot.open_to == edge)
        .values(open_to=None, canary_until=None)
        .returning(Shoot.id)
        .execution_options(synchronize_session=False)
    )
    return opened is not None
