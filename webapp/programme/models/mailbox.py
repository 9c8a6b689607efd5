"""The mailbox of an event, and every step that was or is to be taken with whoever keeps mailboxes."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, DateTime, ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from webapp.core.database import Base, BigInt, CreatedAt, Id


class Mailbox(Base):
    """An address of an event's own. It is used as a sender only once it is active."""

    __tablename__ = "mailboxes"

    id: Mapped[Id]
    programme_id: Mapped[BigInt] = mapped_column(ForeignKey("programmes.id"))
    event_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("events.id"))
    address: Mapped[str] = mapped_column(unique=True)
    display_name: Mapped[str] = mapped_column(server_default="")
    state: Mapped[str] = mapped_column(server_default="requested")
    provider_ref: Mapped[str] = mapped_column(server_default="")
    sender_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("senders.id"))
    last_error: Mapped[str] = mapped_column(server_default="")
    created_at: Mapped[CreatedAt]
    active_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    __table_args__ = (
        CheckConstraint(
            "state IN ('requested', 'provisioning', 'active', 'failed', 'suspended', 'retired')",
            name="state_known",
        ),
        Index(None, "event_id"),
        Index(None, "programme_id"),
    )


class MailboxStep(Base):
    """One call to the provider: asked for by a person, done by a worker, tried again until it is given up."""

    __tablename__ = "mailbox_steps"

    id: Mapped[Id]
    mailbox_id: Mapped[BigInt] = mapped_column(ForeignKey("mailboxes.id", ondelete="CASCADE"))
    operation: Mapped[str]
    arguments: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    state: Mapped[str] = mapped_column(server_default="waiting")
    attempt: Mapped[int] = mapped_column(server_default="0")
    next_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    lease_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    last_error: Mapped[str] = mapped_column(server_default="")
    requested_by_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    created_at: Mapped[CreatedAt]
    done_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    __table_args__ = (
        CheckConstraint("operation IN ('create', 'rename', 'suspend', 'reset')", name="operation_known"),
        CheckConstraint("state IN ('waiting', 'running', 'done', 'failed', 'cancelled')", name="state_known"),
        Index(None, "mailbox_id"),
        Index("ix_mailbox_steps_due", "next_at", postgresql_where=text("state IN ('waiting', 'running')")),
    )
