"""How a person belongs to an event or a programme: registered, organizer, applicant, newsletter and so on."""

from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.core.database import Base, BigInt, CreatedAt, Id
from webapp.people.models.person import Person


class MembershipKind(StrEnum):
    """Why a person belongs."""

    REGISTERED = "registered"  # for an event
    ORGANIZER = "organizer"  # of an event
    APPLICANT = "applicant"  # applied to attend an event
    NEWSLETTER = "newsletter"  # of a programme
    HOST = "host"  # applied to host an event of a programme
    CONTACT = "contact"  # wrote to a programme


class Membership(Base):
    """A person's place in an event or programme. ``details`` holds what a register said beside it."""

    __tablename__ = "memberships"

    id: Mapped[Id]
    person_id: Mapped[BigInt] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    programme_id: Mapped[BigInt] = mapped_column(ForeignKey("programmes.id", ondelete="CASCADE"))
    event_id: Mapped[int | None] = mapped_column(ForeignKey("events.id", ondelete="CASCADE"))
    kind: Mapped[str]
    details: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    created_at: Mapped[CreatedAt]

    person: Mapped[Person] = relationship(lazy="raise")

    __table_args__ = (
        CheckConstraint(
            "kind IN ('registered', 'organizer', 'applicant', 'newsletter', 'host', 'contact')",
            name="kind_known",
        ),
        CheckConstraint(
            "(kind IN ('newsletter', 'host', 'contact')) = (event_id IS NULL)", name="event_given"
        ),
        Index(
            "uq_memberships_event",
            "event_id",
            "kind",
            "person_id",
            unique=True,
            postgresql_where=text("event_id IS NOT NULL"),
        ),
        Index(
            "uq_memberships_programme",
            "programme_id",
            "kind",
            "person_id",
            unique=True,
            postgresql_where=text("event_id IS NULL"),
        ),
        Index(None, "person_id"),
    )
