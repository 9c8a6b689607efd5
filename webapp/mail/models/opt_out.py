"""Who does not want to be written to, and addresses that must not be."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, DateTime, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.core.database import Base, BigInt, CreatedAt, Id


class OptOutScope(StrEnum):
    """How much somebody does not want."""

    EVENT = "event"
    PROGRAMME = "programme"
    ALL = "all"  # everything that is not essential


class OptOut(Base):
    """A person's standing wish. Taking it back deletes the row; the audit trail keeps both."""

    __tablename__ = "opt_outs"

    id: Mapped[Id]
    person_id: Mapped[BigInt] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    scope: Mapped[str]
    programme_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("programmes.id"))
    event_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("events.id"))
    source: Mapped[str]  # page, one_click, staff
    shoot_id: Mapped[int | None] = mapped_column(BigInteger)  # the letter whose link was used
    seq: Mapped[int | None]
    created_at: Mapped[CreatedAt]

    __table_args__ = (
        CheckConstraint(
            "(scope = 'all' AND programme_id IS NULL AND event_id IS NULL)"
            " OR (scope = 'programme' AND programme_id IS NOT NULL AND event_id IS NULL)"
            " OR (scope = 'event' AND event_id IS NOT NULL)",
            name="scope_has_its_place",
        ),
        Index(
            "uq_opt_outs_person_place",
            "person_id",
            "scope",
            text("coalesce(programme_id, 0)"),
            text("coalesce(event_id, 0)"),
            unique=True,
        ),
    )


class Suppression(Base):
    """An address that nobody may write to, whoever asks: it bounced, it complained, or staff said so."""

    __tablename__ = "suppressions"

    address: Mapped[str] = mapped_column(primary_key=True)
    reason: Mapped[str]  # bounced, complained, manual
    detail: Mapped[str] = mapped_column(server_default="")
    created_by_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    created_at: Mapped[CreatedAt]
    until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
