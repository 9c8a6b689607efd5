"""Leases: who may deliver which chunk, and for how long."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    Executable,
    Integer,
    Table,
    case,
    exists,
    func,
    or_,
    select,
    update,
)

from webapp.core.database import db
from webapp.core.move import moving
from webapp.core.prepared import Prepared, parameter
from webapp.mail.domain.states import EMAIL_MACHINE, EmailState, Lane, ShootState
from webapp.mail.models.email_log import EmailLog
from webapp.mail.models.sender import Sender
from webapp.mail.models.shoot import CHUNK_SIZE, Chunk, Shoot
from webapp.mail.queries.stop_all import is_stopped_all

LEASE = timedelta(seconds=10)  # renewed with every window; short, so that a dead worker's chunk is soon free
WAITING = (EmailState.PENDING, EmailState.DEFERRED)

_emails: Table = EmailLog.__table__  # type: ignore[assignment]  # a mapped class's table is a Table


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to deliver one chunk for a while. A later claim has a higher number and voids it."""

    shoot_id: int
    number: int
    lease_number: int
    sender_id: int
    kind: str
    programme_id: int | None
    event_id: int | None

    @property
    def first(self) -> int:
        """Return the first seq of the chunk."""
        return self.number * CHUNK_SIZE


def _due() -> tuple[Any, ...]:
    """Return the conditions under which a chunk may be claimed, whatever account it goes by."""
    return (
        Shoot.state == ShootState.SENDING,
        Chunk.next_at <= func.now(),
        Chunk.owner.is_(None),
        ~is_stopped_all(),
        or_(Sender.paused_until.is_(None), Sender.paused_until <= func.now()),
        or_(Shoot.lane != Lane.BULK, Sender.bulk_rest_until.is_(None), Sender.bulk_rest_until <= func.now()),
    )


def has_due_chunk(lane: str) -> bool:
    """Say whether there is a chunk in a lane that nobody works on and that may be worked on now."""
    query = (
        select(1)
        .select_from(Chunk)
        .join(Shoot, Shoot.id == Chunk.shoot_id)
        .join(Sender, Sender.id == Shoot.sender_id)
        .where(Shoot.lane == lane, *_due())
        .limit(1)
    )
    return db.session.scalar(query) is not None


def find_due_accounts(lane: str) -> list[tuple[int, str]]:
    """Return the senders that have an account of their own and a chunk that is due, with the sealed account."""
    rows = db.session.execute(
        select(Sender.id, Sender.account)
        .join(Shoot, Shoot.sender_id == Sender.id)
        .join(Chunk, Chunk.shoot_id == Shoot.id)
        .where(Shoot.lane == lane, Sender.account.isnot(None), *_due())
        .distinct()
        .order_by(Sender.id)
    )
    return [(sender_id, account) for sender_id, account in rows if account]


def claim_chunk(
    lane: str, owner: str, sender_id: int | None = None, without: Sequence[int] = ()
) -> Lease | None:
    """Take the next chunk of a lane by lease; the shoot that was served longest ago comes first.

    Args:
        lane: which.
        owner: who takes it.
        sender_id: only of this sender, by its own account; None is of all that have none.
        without: senders that may not send more at the moment.
    """
    by_account = Sender.account.is_(None) if sender_id is None else Sender.id == sender_id
    others = (Sender.id.not_in(without),) if without else ()
    found = db.session.execute(
        select(Chunk.shoot_id, Chunk.number, Shoot.sender_id, Shoot.kind, Shoot.programme_id, Shoot.event_id)
        .join(Shoot, Shoot.id == Chunk.shoot_id)
        .join(Sender, Sender.id == Shoot.sender_id)
        .where(Shoot.lane == lane, by_account, *_due(), *others)
        .order_by(Shoot.served_at.nulls_first(), Chunk.number)
        .limit(1)
        .with_for_update(of=Chunk, skip_locked=True)
    ).first()
    if found is None:
        return None
    lease_number = db.session.scalar(
        update(Chunk)
        .where(Chunk.shoot_id == found.shoot_id, Chunk.number == found.number)
        .values(owner=owner, lease_until=func.now() + LEASE, lease_number=Chunk.lease_number + 1)
        .returning(Chunk.lease_number)
    )
    db.session.execute(update(Shoot).where(Shoot.id == found.shoot_id).values(served_at=func.now()))
    assert lease_number is not None  # noqa: S101 -- the row is locked
    return Lease(
        found.shoot_id,
        found.number,
        lease_number,
        found.sender_id,
        found.kind,
        found.programme_id,
        found.event_id,
    )


def _build_renewal() -> Executable:
    """Return the statement that renews a lease and tells the shoot's state."""
    return (
        update(Chunk)
        .where(
            Chunk.shoot_id == parameter("shoot", BigInteger),
            Chunk.number == parameter("chunk", Integer),
            Chunk.lease_number == parameter("lease", Integer),
            Chunk.owner.isnot(None),
            Shoot.id == Chunk.shoot_id,
        )
        .values(lease_until=func.now() + LEASE)
        # to whoever holds a chunk, all letters stopped is the same as its shoot paused
        .returning(case((is_stopped_all(), ShootState.PAUSED.value), else_=Shoot.state))
    )


_RENEWAL = Prepared(_build_renewal)


def renew_lease(lease: Lease) -> ShootState | None:
    """Renew a lease and lock its chunk until the end of the transaction.

    Returns:
        The shoot's state now, or None when the lease was lost: nothing may be written under it any more.
    """
    state = _RENEWAL.run(shoot=lease.shoot_id, chunk=lease.number, lease=lease.lease_number).scalar()
    return ShootState(state) if state else None


def give_back_chunk(lease: Lease) -> None:
    """End a lease; the chunk is due again when its next letter is, or never when none is left.

    Who gives a chunk back has recorded every outcome. A letter that is still marked was marked by a beat whose
    answer was lost, so nobody ever had it in hand: it waits again.
    """
    in_chunk = (
        (_emails.c.shoot_id == lease.shoot_id)
        & (_emails.c.seq >= lease.first)
        & (_emails.c.seq < lease.first + CHUNK_SIZE)
    )
    is_ours = (
        (Chunk.shoot_id == lease.shoot_id)
        & (Chunk.number == lease.number)
        & (Chunk.lease_number == lease.lease_number)
        & Chunk.owner.isnot(None)
    )
    db.session.execute(
        moving(_emails, EMAIL_MACHINE, EmailState.PENDING, attempt=_emails.c.attempt - 1).where(
            in_chunk, _emails.c.state == EmailState.SENDING, exists().where(is_ours)
        )
    )
    next_at = (
        select(func.min(func.coalesce(_emails.c.next_at, func.now())))
        .where(in_chunk, _emails.c.state.in_(WAITING))
        .scalar_subquery()
    )
    db.session.execute(
        update(Chunk)
        .where(is_ours)
        .values(owner=None, lease_until=None, next_at=next_at)
        .execution_options(synchronize_session=False)
    )


def give_back_unknown(owner: str, known: Collection[tuple[int, int]]) -> int:
    """Give back what is held in an owner's name without their knowing: the answer to a claim was lost.

    Args:
        owner: whose.
        known: (shoot, number) of the chunks that they do hold.

    Returns:
        How many chunks.
    """
    found = db.session.execute(
        select(
            Chunk.shoot_id,
            Chunk.number,
            Chunk.lease_number,
            Shoot.sender_id,
            Shoot.kind,
            Shoot.programme_id,
            Shoot.event_id,
        )
        .join(Shoot, Shoot.id == Chunk.shoot_id)
        .where(Chunk.owner == owner)
        .with_for_update(of=Chunk)
    ).all()
    unknown = [row for row in found if (row.shoot_id, row.number) not in known]
    for row in unknown:
        give_back_chunk(Lease(*row))
    return len(unknown)
