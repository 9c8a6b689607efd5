"""An application to host an event: who asks, what they said, how it stands."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, DateTime, ForeignKey, Index, UniqueConstraint, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.core.database import Base, BigInt, CreatedAt, Id
from webapp.people.models.person import Person
from webapp.programme.domain.host_states import HostState


class HostApplication(Base):
    """What a group sent in. ``state`` is what was decided; what they were told is letters in the log."""

    __tablename__ = "host_applications"

    id: Mapped[Id]
    programme_id: Mapped[BigInt] = mapped_column(ForeignKey("programmes.id"))
    reference: Mapped[str] = mapped_column(unique=True)  # H-2026-0042, for people to say on the telephone
    lead_person_id: Mapped[BigInt] = mapped_column(ForeignKey("people.id"))
    locale: Mapped[str] = mapped_column(server_default="en")
    city: Mapped[str]
    country: Mapped[str]
    city_key: Mapped[str]  # folded and transliterated, for finding the same place spelled another way
    format: Mapped[str] = mapped_column(server_default="in_person")
    proposed_on: Mapped[date]  # of a month its first day
    date_precision: Mapped[str] = mapped_column(server_default="day")
    is_returning: Mapped[bool] = mapped_column(server_default="false")
    claimed_event_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("events.id"))
    answers: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    state: Mapped[str] = mapped_column(server_default=HostState.NEW)
    state_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    # counts accepting and rejecting, so that letters of a decision that was taken back are not those of the next
    decision_number: Mapped[int] = mapped_column(server_default="0")
    decided_by_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    state_before: Mapped[str | None]  # the state that undo goes back to
    undo_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    note: Mapped[str] = mapped_column(server_default="")  # personal words in the rejection
    assigned_to_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    submission_token: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[CreatedAt]

    lead: Mapped[Person] = relationship(lazy="joined")
    members: Mapped[list["HostMember"]] = relationship(lazy="raise", order_by="HostMember.position")

    __table_args__ = (
        CheckConstraint(
            "state IN ('new', 'in_review', 'on_hold', 'accepted', 'rejected', 'withdrawn')",
            name="state_known",
        ),
        CheckConstraint("date_precision IN ('day', 'month')", name="precision_known"),
        CheckConstraint("format IN ('in_person', 'remote')", name="format_known"),
        Index(None, "programme_id", "state", "created_at"),
        Index(None, "city_key"),
        Index(None, "lead_person_id"),
    )


class HostMember(Base):
    """One of the organizers who apply; the first is the lead."""

    __tablename__ = "host_members"

    id: Mapped[Id]
    application_id: Mapped[BigInt] = mapped_column(ForeignKey("host_applications.id", ondelete="CASCADE"))
    person_id: Mapped[BigInt] = mapped_column(ForeignKey("people.id"))
    position: Mapped[int]

    person: Mapped[Person] = relationship(lazy="joined")

    __table_args__ = (UniqueConstraint("application_id", "person_id"), Index(None, "person_id"))


class HostDraft(Base):
    """An application that is still being typed: each step is kept, so that nothing typed is lost.

    ``token`` is a hash of what the browser holds; it opens nothing else.
    """

    __tablename__ = "host_drafts"

    id: Mapped[Id]
    token: Mapped[str] = mapped_column(unique=True)
    programme_id: Mapped[BigInt] = mapped_column(ForeignKey("programmes.id", ondelete="CASCADE"))
    locale: Mapped[str] = mapped_column(server_default="en")
    answers: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")  # by step
    application_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("host_applications.id"))
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())

    __table_args__ = (Index(None, "updated_at"),)


class OrganizerFlag(Base):
    """A warning about somebody: support is told when they apply again; nobody is refused by it."""

    __tablename__ = "organizer_flags"

    id: Mapped[Id]
    person_id: Mapped[BigInt] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    kind: Mapped[str]
    reason: Mapped[str]
    set_by_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    created_at: Mapped[CreatedAt]
    cleared_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    __table_args__ = (
        CheckConstraint("kind IN ('blocked', 'watch')", name="kind_known"),
        Index(None, "person_id"),
    )
