"""An application to attend: what was decided, what the applicant was told, what they answered. Three things."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Index,
    SmallInteger,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TEXT
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.core.database import Base, BigInt, CreatedAt, Id
from webapp.people.models.person import Person

_DECISIONS = "('undecided', 'accepted', 'waitlisted', 'rejected')"


class Application(Base):
    """One person's wish to attend one event. ``decision`` is quiet; ``announced`` is what they were told."""

    __tablename__ = "applications"

    id: Mapped[Id]
    programme_id: Mapped[BigInt] = mapped_column(ForeignKey("programmes.id"))
    event_id: Mapped[BigInt] = mapped_column(ForeignKey("events.id", ondelete="CASCADE"))
    form_id: Mapped[BigInt] = mapped_column(ForeignKey("forms.id"))
    number: Mapped[int]
    person_id: Mapped[BigInt] = mapped_column(ForeignKey("people.id"))
    answers: Mapped[dict[str, Any]] = mapped_column(
        JSONB, server_default="{}"
    )  # text or list of texts, by key
    form_revision: Mapped[int] = mapped_column(server_default="1")
    locale: Mapped[str] = mapped_column(server_default="en")
    submitted_at: Mapped[CreatedAt]
    submission_token: Mapped[str] = mapped_column(unique=True)
    # sealed (id, version), kept so that the database can write the link into letters to many
    token: Mapped[str | None] = mapped_column(unique=True)
    token_version: Mapped[int] = mapped_column(server_default="1")  # counted up to make old links worthless
    decision: Mapped[str] = mapped_column(server_default="undecided")
    decided_by_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    decided_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    announced: Mapped[str] = mapped_column(server_default="undecided")
    announced_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    announcement_number: Mapped[int] = mapped_column(server_default="0")  # counts up each time they are told
    waitlist_rank: Mapped[int | None]
    rsvp: Mapped[str] = mapped_column(server_default="none")
    rsvp_deadline: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    rsvp_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    rsvp_by: Mapped[str | None]  # person, organizer, system
    is_attended: Mapped[bool | None]
    tags: Mapped[list[str]] = mapped_column(ARRAY(TEXT), server_default="{}")
    withdrawn_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    erased_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    person: Mapped[Person] = relationship(lazy="joined")

    __table_args__ = (
        UniqueConstraint("form_id", "person_id"),  # one application for each address
        UniqueConstraint("event_id", "number"),
        CheckConstraint(f"decision IN {_DECISIONS}", name="decision_known"),
        CheckConstraint(f"announced IN {_DECISIONS}", name="announced_known"),
        CheckConstraint("rsvp IN ('none', 'invited', 'yes', 'no', 'expired')", name="rsvp_known"),
        Index(None, "person_id"),
        Index("ix_applications_rsvp_due", "rsvp_deadline", postgresql_where=text("rsvp = 'invited'")),
        # Deciding for thousands changes no index and stays within its pages, if these have room.
        {"postgresql_with": {"fillfactor": "50"}},
    )


class Review(Base):
    """What one reviewer thinks of an application; no score is an abstention."""

    __tablename__ = "reviews"

    id: Mapped[Id]
    application_id: Mapped[BigInt] = mapped_column(ForeignKey("applications.id", ondelete="CASCADE"))
    user_id: Mapped[BigInt] = mapped_column(ForeignKey("users.id"))
    score: Mapped[int | None] = mapped_column(SmallInteger)
    comment: Mapped[str] = mapped_column(server_default="")
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())

    __table_args__ = (
        UniqueConstraint("application_id", "user_id"),
        CheckConstraint("score BETWEEN 1 AND 5", name="score_in_range"),
        Index(None, "user_id"),
    )


class Wave(Base):
    """One announcement: a batch of decisions that were told together, held for the undo time."""

    __tablename__ = "waves"

    id: Mapped[Id]
    programme_id: Mapped[BigInt] = mapped_column(ForeignKey("programmes.id"))
    event_id: Mapped[BigInt] = mapped_column(ForeignKey("events.id", ondelete="CASCADE"))
    author_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    batch: Mapped[str] = mapped_column(unique=True)  # the same word stands on its shoots
    state: Mapped[str] = mapped_column(server_default="held")
    hold_until: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    created_at: Mapped[CreatedAt]

    __table_args__ = (
        CheckConstraint("state IN ('held', 'released', 'undone')", name="state_known"),
        Index(None, "event_id", "id"),
    )


class WaveEntry(Base):
    """What one applicant was told by a wave, and what stood there before, for undo."""

    __tablename__ = "wave_entries"

    wave_id: Mapped[BigInt] = mapped_column(ForeignKey("waves.id", ondelete="CASCADE"), primary_key=True)
    application_id: Mapped[BigInt] = mapped_column(
        ForeignKey("applications.id", ondelete="CASCADE"), primary_key=True
    )
    dedupe_key: Mapped[str | None]  # of the letter; none where no letter could be written
    skip_reason: Mapped[str | None]
    announced: Mapped[str]
    announced_before: Mapped[str]
    announced_at_before: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    rsvp_before: Mapped[str]
    rsvp_deadline_before: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    __table_args__ = (Index(None, "application_id"),)
