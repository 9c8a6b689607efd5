"""What happened to an application or event, and what staff said about it: append-only, for people to read."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    TEXT,
    BigInteger,
    DateTime,
    ForeignKey,
    FromClause,
    Index,
    cast,
    func,
    insert,
    literal,
    select,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from webapp.core.audit import AuditEntry, record
from webapp.core.database import Base, BigInt, Id, db


class Activity(Base):
    """One entry. A comment is an entry too; it is never changed, only followed by another one."""

    __tablename__ = "activities"

    id: Mapped[Id]
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    actor_id: Mapped[int | None] = mapped_column(
        BigInteger, ForeignKey("users.id")
    )  # none: system or applicant
    verb: Mapped[str]  # for example host.accepted, application.decided, comment
    subject_type: Mapped[str]  # host_application, application, event, rule_run, contact, mailbox
    subject_id: Mapped[BigInt]
    programme_id: Mapped[int | None] = mapped_column(BigInteger)
    event_id: Mapped[int | None] = mapped_column(BigInteger)
    before: Mapped[str | None]
    after: Mapped[str | None]
    comment: Mapped[str] = mapped_column(server_default="")
    data: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")

    __table_args__ = (Index(None, "subject_type", "subject_id", "id"), Index(None, "programme_id", "at"))


def write_activity(
    verb: str,
    subject_type: str,
    subject_id: int,
    *,
    actor_id: int | None,
    programme_id: int | None,
    event_id: int | None = None,
    before: str | None = None,
    after: str | None = None,
    comment: str = "",
    **data: object,
) -> None:
    """Add an entry, and the same deed without its words to the audit trail, to the open transaction.

    Args:
        verb: what was done, for example ``host.accepted``; ``comment`` for words alone.
        subject_type, subject_id: to what.
        actor_id: the staff user; None for the system and for people without an account.
        programme_id, event_id: where it belongs, so that staff see only their own.
        before, after: the state, where it changed.
        comment: internal words of staff.
        data: what else is worth showing.
    """
    db.session.add(
        Activity(
            actor_id=actor_id,
            verb=verb,
            subject_type=subject_type,
            subject_id=subject_id,
            programme_id=programme_id,
            event_id=event_id,
            before=before,
            after=after,
            comment=comment,
            data=data,
        )
    )
    record(
        verb,
        subject_type,
        subject_id,
        actor_id=actor_id,
        programme_id=programme_id,
        event_id=event_id,
        before=before,
        after=after,
    )


def write_activities(
    verb: str,
    subject_type: str,
    changes: FromClause,
    *,
    actor_id: int | None,
    programme_id: int | None,
    event_id: int | None = None,
    **data: object,
) -> None:
    """Add the same deed to the history of many, and to the audit trail, by one statement however many they are.

    Args:
        verb, subject_type: as for one.
        changes: to which: rows of ``id``, ``before`` and ``after``, for example what an UPDATE returns (its
            CTE), so that they need not travel here and back.
        actor_id, programme_id, event_id: as for one.
        data: what else is worth showing; the same for all.
    """
    same: dict[str, Any] = {
        "actor_id": literal(actor_id, BigInteger),
        "verb": literal(verb),
        "subject_type": literal(subject_type),
        "programme_id": literal(programme_id, BigInteger),
        "event_id": literal(event_id, BigInteger),
    }
    entry: dict[str, Any] = {
        **same,
        "subject_id": changes.c.id,
        "before": changes.c.before,
        "after": changes.c.after,
        "data": literal(data, JSONB),
    }
    trail: dict[str, Any] = {
        **same,
        "subject_id": cast(changes.c.id, TEXT),
        "data": func.jsonb_build_object("before", changes.c.before, "after", changes.c.after),
    }
    history = insert(Activity).from_select(list(entry), select(*entry.values()))
    audit = insert(AuditEntry).from_select(list(trail), select(*trail.values()))
    db.session.execute(audit.add_cte(history.cte("history")))
