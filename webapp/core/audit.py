"""Who did what, when, to which thing: append-only, written in the transaction of the deed."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, DateTime, Index, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from webapp.core.database import Base, Id, db


class AuditEntry(Base):
    """One deed. Nothing personal beyond ids stands in ``data``."""

    __tablename__ = "audit_entries"

    id: Mapped[Id]
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    actor_id: Mapped[int | None] = mapped_column(
        BigInteger
    )  # a staff user; none for the system and recipients
    verb: Mapped[str]
    subject_type: Mapped[str]
    subject_id: Mapped[str]
    programme_id: Mapped[int | None] = mapped_column(BigInteger)
    event_id: Mapped[int | None] = mapped_column(BigInteger)
    data: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")

    __table_args__ = (Index(None, "subject_type", "subject_id"), Index(None, "at"))


def record(
    verb: str,
    subject_type: str,
    subject_id: object,
    *,
    actor_id: int | None,
    programme_id: int | None = None,
    event_id: int | None = None,
    **data: object,
) -> None:
    """Add an entry to the open transaction.

    Args:
        verb: the action's name, for example ``shoot.paused``.
        subject_type: what it was done to, for example ``shoot``.
        subject_id: its id.
        actor_id: the staff user, or None.
        programme_id: where it belongs, so that staff see only their own.
        event_id: likewise.
        data: what else is worth knowing; never names or addresses.
    """
    db.session.add(
        AuditEntry(
            actor_id=actor_id,
            verb=verb,
            subject_type=subject_type,
            subject_id=str(subject_id),
            programme_id=programme_id,
            event_id=event_id,
            data=data,
        )
    )
