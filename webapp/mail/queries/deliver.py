"""The statements of delivery: hand a window of letters over, record what became of them."""

from collections.abc import Sequence
from datetime import datetime
from operator import itemgetter
from typing import NamedTuple

from sqlalchemy import (
    ARRAY,
    CTE,
    TEXT,
    BigInteger,
    Executable,
    Float,
    Integer,
    Table,
    case,
    cast,
    column,
    func,
    insert,
    null,
    or_,
    select,
)

from webapp.core.database import db
from webapp.core.move import moving, moving_each
from webapp.core.prepared import Prepared, parameter
from webapp.mail.domain.settling import Settled
from webapp.mail.domain.states import EMAIL_MACHINE, EmailState
from webapp.mail.models.email_log import EmailEvent, EmailLog
from webapp.mail.models.packed import unpack
from webapp.mail.models.shoot import CHUNK_SIZE
from webapp.mail.queries.audience import skip_reason
from webapp.mail.queries.lease import WAITING, Lease

_emails: Table = EmailLog.__table__  # type: ignore[assignment]  # a mapped class's table is a Table


class HandOver(NamedTuple):
    """One letter that was marked as being handed over."""

    seq: int
    address: str
    name: str | None
    merge_values: Sequence[str | None]
    attempt: int
    handed_at: datetime


def _judge(kind: str, programme_id: int | None, event_id: int | None) -> CTE:
    """Return the next waiting letters of a chunk with the state that each gets now, and why if it is skipped."""
    batch = (
        select(EmailLog.seq, EmailLog.person_id, EmailLog.address)
        .where(
            EmailLog.shoot_id == parameter("shoot", BigInteger),
            EmailLog.seq > parameter("after", Integer),
            EmailLog.seq < parameter("end", Integer),
            EmailLog.state.in_(WAITING),
            or_(EmailLog.next_at.is_(None), EmailLog.next_at <= func.now()),
        )
        .order_by(EmailLog.seq)
        .limit(parameter("most", Integer))
        .cte("batch")
    )
    reason = skip_reason(
        batch.c.person_id, batch.c.address, kind=kind, programme_id=programme_id, event_id=event_id
    )
    # Materialised: the planner would otherwise ask for the reason again wherever it is used.
    judged = select(batch.c.seq, reason.label("reason")).cte("judged").prefix_with("MATERIALIZED")
    goes = judged.c.reason.is_(None)
    return select(
        judged.c.seq,
        judged.c.reason,
        case((goes, EmailState.SENDING.value), else_=EmailState.SKIPPED.value).label("state"),
    ).cte("frame")


def _build_hand_over(kind: str, programme_id: int | None, event_id: int | None) -> Executable:
    """Return the statement that judges and marks; a shoot's kind and place are part of its shape."""
    frame = _judge(kind, programme_id, event_id)
    goes = frame.c.reason.is_(None)
    return moving_each(
        _emails,
        EMAIL_MACHINE,
        frame,
        (_emails.c.shoot_id == parameter("shoot", BigInteger)) & (_emails.c.seq == frame.c.seq),
        reason=frame.c.reason,
        attempt=_emails.c.attempt + cast(goes, Integer),
        handed_at=case((goes, func.date_trunc("second", func.now())), else_=_emails.c.handed_at),
        settled_at=case((goes, None), else_=func.now()),
        next_at=null(),
    ).returning(
        _emails.c.seq,
        _emails.c.address,
        _emails.c.name,
        _emails.c.merge_values,
        _emails.c.attempt,
        _emails.c.handed_at,
        _emails.c.state,
    )


_HAND_OVER = Prepared(_build_hand_over)


def hand_over(lease: Lease, after_seq: int, limit: int) -> tuple[list[HandOver], int]:
    """Judge the next letters of a chunk as of now, and mark those that may go as being handed over.

    Args:
        lease: under which; it has been renewed in this transaction.
        after_seq: the last number that was looked at before.
        limit: how many letters at most.

    Returns:
        The letters, in order, and the last number that was looked at (the same when none is left).
    """
    rows = _HAND_OVER.run(
        lease.kind,
        lease.programme_id,
        lease.event_id,
        shoot=lease.shoot_id,
        after=after_seq,
        end=lease.first + CHUNK_SIZE,
        most=limit,
    ).fetchall()
    if not rows:
        return [], after_seq
    rows = sorted(rows, key=itemgetter(0))
    going = [
        HandOver(seq, address, name, unpack(values), attempt, handed_at)
        for seq, address, name, values, attempt, handed_at, state in rows
        if state == EmailState.SENDING
    ]
    return going, rows[-1][0]


def _build_record_sent() -> Executable:
    """Return the statement that writes down what was accepted: nearly all letters, and nothing to tell of them."""
    seqs = cast(parameter("seqs"), ARRAY(Integer))
    return moving(
        _emails,
        EMAIL_MACHINE,
        EmailState.SENT,
        reason=null(),
        detail=null(),
        settled_at=func.now(),
        next_at=null(),
    ).where(
        _emails.c.shoot_id == parameter("shoot", BigInteger),
        _emails.c.seq == func.any(seqs),
        _emails.c.state == EmailState.SENDING,
    )


def _build_record() -> Executable:
    """Return the statement that writes outcomes, given as arrays of equal length, down."""
    frame = (
        func.unnest(
            cast(parameter("seqs"), ARRAY(Integer)),
            cast(parameter("states"), ARRAY(TEXT)),
            cast(parameter("reasons"), ARRAY(TEXT)),
            cast(parameter("details"), ARRAY(TEXT)),
            cast(parameter("delays"), ARRAY(Float)),
            cast(parameter("refunds"), ARRAY(Integer)),
        )
        .table_valued(
            column("seq", Integer),
            column("state", TEXT),
            column("reason", TEXT),
            column("detail", TEXT),
            column("delay", Float),
            column("refund", Integer),
        )
        .render_derived(name="frame")
    )
    return moving_each(
        _emails,
        EMAIL_MACHINE,
        frame,
        (_emails.c.shoot_id == parameter("shoot", BigInteger))
        & (_emails.c.seq == frame.c.seq)
        & (_emails.c.state == EmailState.SENDING),
        reason=frame.c.reason,
        detail=frame.c.detail,
        attempt=_emails.c.attempt - frame.c.refund,
        settled_at=case((frame.c.state.in_(WAITING), None), else_=func.now()),
        next_at=func.now() + func.make_interval(0, 0, 0, 0, 0, 0, frame.c.delay),
    )


_RECORD = Prepared(_build_record)
_RECORD_SENT = Prepared(_build_record_sent)


def record(lease: Lease, settled: Sequence[Settled]) -> int:
    """Write down what became of letters, in one statement or two; only of those that are still being handed over.

    Args:
        lease: under which; it has been renewed in this transaction.
        settled: one for each letter.

    Returns:
        How many rows were written.
    """
    sent = [str(s.seq) for s in settled if s.state is EmailState.SENT]
    others = [s for s in settled if s.state is not EmailState.SENT]
    count = 0
    if sent:
        seqs = (
            "{" + ",".join(sent) + "}"
        )  # an array as PostgreSQL writes it, for a fifth of the driver's work
        count += _RECORD_SENT.run(shoot=lease.shoot_id, seqs=seqs).rowcount
    return count + _record_others(lease, others) if others else count


def _record_others(lease: Lease, settled: Sequence[Settled]) -> int:
    """Write down what became of letters that were not simply accepted, with an event for each that is news."""
    result = _RECORD.run(
        shoot=lease.shoot_id,
        seqs=[s.seq for s in settled],
        states=[s.state.value for s in settled],
        reasons=[s.reason and str(s.reason) for s in settled],
        details=[s.detail for s in settled],
        delays=[s.delay for s in settled],
        refunds=[int(s.is_refunded) for s in settled],
    )
    events = [
        {
            "shoot_id": lease.shoot_id,
            "seq": s.seq,
            "type": s.state.value,
            "detail": s.detail or s.reason or "",
        }
        for s in settled
        if s.state is not EmailState.PENDING
    ]
    if events:
        db.session.execute(insert(EmailEvent), events)
    return int(result.rowcount)
