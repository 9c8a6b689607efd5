"""Lets deeds of the demo lie in the past: the same actions as today, with the times and deliveries of their day."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ScalarSelect, Table, func, insert, select, text, update
from sqlalchemy.orm import Session

from webapp.core.database import Base
from webapp.core.move import moving
from webapp.mail.domain.states import EMAIL_MACHINE, SHOOT_MACHINE, EmailState, FailReason, ShootState
from webapp.mail.models.email_log import EmailEvent, EmailLog
from webapp.mail.models.shoot import Chunk, Shoot

_emails: Table = EmailLog.__table__  # type: ignore[assignment]  # a mapped class's table is a Table
_shoots: Table = Shoot.__table__  # type: ignore[assignment]
_LEFT_AT = func.coalesce(_shoots.c.scheduled_at, _shoots.c.created_at)  # at the end of the time for undoing

# What the database dates by itself: it names the moment of loading wherever nothing else was said.
DATED = {
    "activities": ("at",),
    "audit_entries": ("at",),
    "consents": ("at",),
    "contact_messages": ("created_at",),
    "events": ("created_at",),
    "mailbox_steps": ("created_at", "done_at"),
    "mailboxes": ("created_at", "active_at"),
    "memberships": ("created_at",),
    "organizer_flags": ("created_at",),
    "people": ("created_at", "updated_at"),
    "rule_runs": ("created_at", "updated_at"),
    "shoots": ("created_at", "started_at", "completed_at"),
    "subscriptions": ("created_at",),
}
REFUSALS = {  # how the mail servers of the demo refuse an address, by its first word or its domain
    "bounce": "550 5.1.1 No such mailbox here",
    "spam": "550 5.7.1 Looks like spam to us",
    "gmial.example": "550 5.1.2 No mail server answers for gmial.example",
}


@contextmanager
def at_time(session: Session, at: datetime) -> Iterator[None]:
    """Let what is written inside have happened at a moment.

    Args:
        session: of the open transaction.
        at: the moment, aware.
    """
    session.flush()
    before = session.execute(_LAST_IDS).mappings().one()
    yield
    session.flush()
    session.execute(_DATE, {"at": at, **{f"last_{table}": last for table, last in before.items()}})


def _date_columns(table: str) -> str:
    """Return the part of a statement that dates a table's new rows, where the database has dated them."""
    values = ", ".join(
        f"{column} = CASE WHEN {column} = transaction_timestamp() THEN CAST(:at AS timestamptz) ELSE {column} END"
        for column in DATED[table]
    )
    return f"{table}_dated AS (UPDATE {table} SET {values} WHERE id > :last_{table})"


_MARKS = ", ".join(f"(SELECT coalesce(max(id), 0) FROM {table}) AS {table}" for table in DATED)
_LAST_IDS = text(f"SELECT {_MARKS}")
_DATE = text(
    f"WITH {', '.join(map(_date_columns, DATED))} SELECT 1"
)  # one statement: it runs a hundred times


@contextmanager
def delivering(session: Session) -> Iterator[None]:
    """Hand the letters that are promised inside, and that nothing holds any more, over to nobody afterwards.

    What is recorded is what their addresses say they get. Letters of other parts of the demo stay as they are.
    """
    session.flush()
    before = session.scalar(select(func.coalesce(func.max(Shoot.id), 0))) or 0
    yield
    session.flush()
    session.execute(
        moving(_shoots, SHOOT_MACHINE, ShootState.SENDING).where(
            _shoots.c.id > before,
            _shoots.c.state == ShootState.HELD,
            _shoots.c.gate.is_(None),
            _shoots.c.scheduled_at <= func.now(),
        )
    )
    ids = session.scalars(select(Shoot.id).where(Shoot.id > before, Shoot.state == ShootState.SENDING)).all()
    _deliver(session, ids)


def _deliver(session: Session, shoot_ids: Sequence[int]) -> None:
    """Deliver all letters of shoots, each when it could leave."""
    session.execute(
        moving(_emails, EMAIL_MACHINE, EmailState.SENDING, attempt=1, handed_at=_after(2)).where(
            _emails.c.shoot_id.in_(shoot_ids), _emails.c.state == EmailState.PENDING
        )
    )
    _refuse(session, shoot_ids)
    session.execute(
        moving(_emails, EMAIL_MACHINE, EmailState.SENT, settled_at=_after(3)).where(
            _emails.c.shoot_id.in_(shoot_ids), _emails.c.state == EmailState.SENDING
        )
    )
    session.execute(  # those who may not be written to
        update(_emails)
        .where(_emails.c.shoot_id.in_(shoot_ids), _emails.c.settled_at == func.now())
        .values(settled_at=_after(3))
    )
    session.execute(
        update(Chunk)
        .where(Chunk.shoot_id.in_(shoot_ids))
        .values(next_at=None)
        .execution_options(synchronize_session=False)
    )
    session.execute(
        moving(
            _shoots,
            SHOOT_MACHINE,
            ShootState.COMPLETED,
            started_at=_LEFT_AT,
            completed_at=_LEFT_AT + timedelta(seconds=3),
        ).where(_shoots.c.id.in_(shoot_ids), _shoots.c.state == ShootState.SENDING)
    )
    forget(session, Shoot, Chunk, EmailLog)


def forget(session: Session, *kinds: type[Base]) -> None:
    """Let rows of these kinds be read anew, for they were changed by statements; all others stay known."""
    for row in [row for row in session.identity_map.values() if isinstance(row, kinds)]:
        session.expire(row)


def _after(seconds: int) -> ScalarSelect[Any]:
    """Return the moment so long after a letter's shoot could leave."""
    moment = select(_LEFT_AT + timedelta(seconds=seconds))
    return moment.where(_shoots.c.id == _emails.c.shoot_id).scalar_subquery()


def _refusal_of(address: str) -> str:
    """Return how an address is refused, "" where it is not."""
    local, _, domain = address.rpartition("@")
    return REFUSALS.get(domain) or (REFUSALS.get(local.partition("+")[0], "") if "+" in local else "")


def _refuse(session: Session, shoot_ids: Sequence[int]) -> None:
    """Let the letters to some addresses be refused for good."""
    rows = session.execute(
        select(EmailLog.shoot_id, EmailLog.seq, EmailLog.address, EmailLog.handed_at).where(
            EmailLog.shoot_id.in_(shoot_ids), EmailLog.state == EmailState.SENDING
        )
    ).all()
    for row in rows:
        said = _refusal_of(row.address or "")
        if not said:
            continue
        session.execute(
            moving(
                _emails,
                EMAIL_MACHINE,
                EmailState.FAILED,
                reason=FailReason.ADDRESS.value,
                detail=said,
                settled_at=_after(3),
            ).where(
                _emails.c.shoot_id == row.shoot_id,
                _emails.c.seq == row.seq,
                _emails.c.state == EmailState.SENDING,
            )
        )
        event = {"shoot_id": row.shoot_id, "seq": row.seq, "at": row.handed_at, "detail": said}
        session.execute(insert(EmailEvent), [{**event, "type": EmailState.FAILED.value}])
