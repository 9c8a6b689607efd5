"""Leases: who may deliver which chunk, and for how long."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Executable,
    Integer,
    Table,
    case,
    cast,
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

# Whoever is cut off in the middle of a beat keeps the chunk locked until its session ends: no longer than a lease.
_LOCKS_END = func.set_config(
    "idle_in_transaction_session_timeout", f"{LEASE.total_seconds():.0f}s", True
).label("locks_end")

_emails: Table = EmailLog.__table__  # type: ignore[assignment]  # a mapped class's table is a Table


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to deliver one chunk for a while. A later claim has a higher number and voids it.

    ``rests`` is how often in a row the sender had to rest when the chunk was taken.
    """

    shoot_id: int
    number: int
    lease_number: int
    sender_id: int
    kind: str
    programme_id: int | None
    event_id: int | None
    rests: int = 0

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


def _build_claim(by_account: bool) -> Executable:
    """Return the statement that takes the next due chunk, in one question: of one sender, or of all without account."""
    mine = Sender.id == parameter("sender", BigInteger) if by_account else Sender.account.is_(None)
    found = (
        select(Chunk.shoot_id, Chunk.number, Shoot.sender_id, Shoot.kind, Shoot.programme_id, Shoot.event_id)
        .add_columns(Sender.pause_count)
        .join(Shoot, Shoot.id == Chunk.shoot_id)
        .join(Sender, Sender.id == Shoot.sender_id)
        .where(
            Shoot.lane == parameter("lane"),
            mine,
            *_due(),
            Sender.id != func.all(cast(parameter("without"), ARRAY(BigInteger))),
        )
        .order_by(Shoot.served_at.nulls_first(), Chunk.number)
        .limit(1)
        .with_for_update(of=Chunk, skip_locked=True)
        .cte("found")
    )
    taken = (
        update(Chunk)
        .where(Chunk.shoot_id == found.c.shoot_id, Chunk.number == found.c.number)
        .values(owner=parameter("owner"), lease_until=func.now() + LEASE, lease_number=Chunk.lease_number + 1)
        .returning(Chunk.lease_number, _LOCKS_END)
        .cte("taken")
    )
    served = update(Shoot).where(Shoot.id == found.c.shoot_id).values(served_at=func.now()).cte("served")
    return select(
        found.c.shoot_id,
        found.c.number,
        taken.c.lease_number,
        found.c.sender_id,
        found.c.kind,
        found.c.programme_id,
        found.c.event_id,
        found.c.pause_count,
    ).add_cte(served)


_CLAIM = Prepared(_build_claim)


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
    row = _CLAIM.run(
        sender_id is not None, lane=lane, owner=owner, sender=sender_id, without=list(without)
    ).first()
    return None if row is None else Lease(*row)


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
        .returning(case((is_stopped_all(), ShootState.PAUSED.value), else_=Shoot.state), _LOCKS_END)
    )


_RENEWAL = Prepared(_build_renewal)


def renew_lease(lease: Lease) -> ShootState | None:
    """Renew a lease and lock its chunk until the end of the transaction.

    Returns:
        The shoot's state now, or None when the lease was lost: nothing may be written under it any more.
    """
    state = _RENEWAL.run(shoot=lease.shoot_id, chunk=lease.number, lease=lease.lease_number).scalar()
    return ShootState(state) if state else None


def _build_giving_back() -> tuple[Executable, Executable]:
    """Return the statements that end a lease: what is marked waits again, and the chunk is due when a letter is."""
    shoot, chunk = parameter("shoot", BigInteger), parameter("chunk", Integer)
    in_chunk = (
        (_emails.c.shoot_id == shoot)
        & (_emails.c.seq >= chunk * CHUNK_SIZE)
        & (_emails.c.seq < chunk * CHUNK_SIZE + CHUNK_SIZE)
    )
    is_ours = (
        (Chunk.shoot_id == shoot)
        & (Chunk.number == chunk)
        & (Chunk.lease_number == parameter("lease", Integer))
        & Chunk.owner.isnot(None)
    )
    next_at = (
        select(func.min(func.coalesce(_emails.c.next_at, func.now())))
        .where(in_chunk, _emails.c.state.in_(WAITING))
        .scalar_subquery()
    )
    return (
        moving(_emails, EMAIL_MACHINE, EmailState.PENDING, attempt=_emails.c.attempt - 1).where(
            in_chunk, _emails.c.state == EmailState.SENDING, exists().where(is_ours)
        ),
        update(Chunk).where(is_ours).values(owner=None, lease_until=None, next_at=next_at),
    )


_UNMARK = Prepared(lambda: _build_giving_back()[0])
_GIVE_BACK = Prepared(lambda: _build_giving_back()[1])


def give_back_chunk(lease: Lease) -> None:
    """End a lease; the chunk is due again when its next letter is, or never when none is left.

    Who gives a chunk back has recorded every outcome. A letter that is still marked was marked by a beat whose
    answer was lost, so nobody ever had it in hand: it waits again.
    """
    for statement in (_UNMARK, _GIVE_BACK):
        statement.run(shoot=lease.shoot_id, chunk=lease.number, lease=lease.lease_number)


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
