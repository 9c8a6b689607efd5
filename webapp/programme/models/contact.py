"""A message from a visitor: stored first, passed on as a letter, followed until it is closed."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, DateTime, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from webapp.core.database import Base, BigInt, CreatedAt, Id


class ContactMessage(Base):
    """What somebody wrote to an event's organizers or to support."""

    __tablename__ = "contact_messages"

    id: Mapped[Id]
    programme_id: Mapped[BigInt] = mapped_column(ForeignKey("programmes.id"))
    event_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("events.id"))
    kind: Mapped[str]  # event: to its organizers; support: never to organizers
    name: Mapped[str]
    address: Mapped[str]
    subject: Mapped[str] = mapped_column(server_default="")
    body: Mapped[str]
    locale: Mapped[str] = mapped_column(server_default="en")
    state: Mapped[str] = mapped_column(server_default="received")
    submission_token: Mapped[str] = mapped_column(unique=True)
    handled_by_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    handled_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    created_at: Mapped[CreatedAt]

    __table_args__ = (
        CheckConstraint("kind IN ('event', 'support')", name="kind_known"),
        CheckConstraint("kind <> 'event' OR event_id IS NOT NULL", name="event_given"),
        CheckConstraint(
            "state IN ('received', 'forwarded', 'answered', 'closed', 'spam')", name="state_known"
        ),
        Index(None, "programme_id", "state", "id"),
        Index(None, "event_id"),
    )
