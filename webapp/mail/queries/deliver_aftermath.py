"""What a worker that is gone left in its chunks: settled by its journal where there is one, else uncertain."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Table, case, exists, func, insert, select, update

from webapp.core.database import db
from webapp.core.move import moving
from webapp.mail.domain.journal import ACCEPTED, HANDED, MARKED, REFUSED, LeftPage
from webapp.mail.domain.states import EMAIL_MACHINE, EmailState
from webapp.mail.models.email_log import EmailEvent, EmailLog
from webapp.mail.models.shoot import CHUNK_SIZE, Chunk
from webapp.mail.queries.lease import WAITING

DOUBT = "The worker that was sending this letter died before it knew the answer."
PROOF = "The worker's journal says that the letter was accepted."

_emails: Table = EmailLog.__table__  # type: ignore[assignment]  # a mapped class's table is a Table


def _in_chunk(shoot_id: int, chunk: int) -> ColumnElement[bool]:
    first = chunk * CHUNK_SIZE
    return (_emails.c.shoot_id == shoot_id) & (_emails.c.seq >= first) & (_emails.c.seq < first + CHUNK_SIZE)


def _settle(
    to: EmailState, source: EmailState, where: ColumnElement[bool], event: str | None = None, **values: Any
) -> int:
    """Move letters from one state to another, each with an event where there is something to tell."""
    moved = db.session.execute(
        moving(_emails, EMAIL_MACHINE, to, **values)
        .where(where, _emails.c.state == source)
        .returning(_emails.c.shoot_id, _emails.c.seq)
    ).all()
    if moved and event is not None:
        rows = [{"shoot_id": r.shoot_id, "seq": r.seq, "type": to.value, "detail": event} for r in moved]
        db.session.execute(insert(EmailEvent), rows)
    return len(moved)


def _free(shoot_id: int, chunk: int) -> None:
    """Take a chunk from its owner, whose late results are refused from now on."""
    waiting = exists().where(_in_chunk(shoot_id, chunk), EmailLog.state.in_(WAITING))
    db.session.execute(
        update(Chunk)
        .where(Chunk.shoot_id == shoot_id, Chunk.number == chunk)
        .values(
            owner=None,
            lease_until=None,
            lease_number=Chunk.lease_number + 1,
            next_at=case((waiting, func.now()), else_=None),
        )
        .execution_options(synchronize_session=False)
    )


def free_lapsed_chunk() -> tuple[int, int] | None:
    """Take one chunk from an owner who let its lease lapse; what was being handed over becomes uncertain.

    Returns:
        The chunk's shoot and number, or None when no lease has lapsed.
    """
    found = db.session.execute(
        select(Chunk.shoot_id, Chunk.number, Chunk.owner)
        .where(Chunk.owner.isnot(None), Chunk.lease_until < func.now())
        .limit(1)
        .with_for_update(skip_locked=True)
    ).first()
    if found is None:
        return None
    _settle(
        EmailState.UNCERTAIN,
        EmailState.SENDING,
        _in_chunk(found.shoot_id, found.number),
        f"{DOUBT} ({found.owner})",
        detail=DOUBT,
        settled_at=func.now(),
    )
    _free(found.shoot_id, found.number)
    return found.shoot_id, found.number


def settle_left_page(page: LeftPage) -> None:
    """Settle a chunk by what its worker's journal says, and free it at once instead of when its lease lapses.

    A letter between its final dot and the answer becomes uncertain; every other is sent, or waits again. Where
    the lease has lapsed in the meantime the chunk is another's, but what was accepted is no longer in doubt.
    """
    is_held = db.session.scalar(
        select(Chunk.lease_number)
        .where(
            Chunk.shoot_id == page.shoot_id,
            Chunk.number == page.chunk,
            Chunk.lease_number == page.lease_number,
            Chunk.owner == page.owner,
        )
        .with_for_update()
    )
    accepted = _among(page.shoot_id, page.seqs(ACCEPTED))
    if is_held is None:
        _settle(EmailState.SENT, EmailState.UNCERTAIN, accepted, PROOF, settled_at=func.now())
        return
    _settle(EmailState.SENT, EmailState.SENDING, accepted, settled_at=func.now())
    handed = _among(page.shoot_id, page.seqs(HANDED))
    words = f"{DOUBT} ({page.owner})"
    _settle(EmailState.UNCERTAIN, EmailState.SENDING, handed, words, detail=DOUBT, settled_at=func.now())
    refused = _among(page.shoot_id, page.seqs(REFUSED))
    _settle(EmailState.PENDING, EmailState.SENDING, refused)  # asked again, it is refused again, in words
    marked = _among(page.shoot_id, page.seqs(MARKED))
    _settle(EmailState.PENDING, EmailState.SENDING, marked, attempt=_emails.c.attempt - 1)
    _free(page.shoot_id, page.chunk)


def _among(shoot_id: int, seqs: Sequence[int]) -> ColumnElement[bool]:
    return (_emails.c.shoot_id == shoot_id) & (_emails.c.seq == func.any(list(seqs)))
