"""A programme and its events: where people, letters and rights belong."""

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.core.database import Base, BigInt, CreatedAt, Id


class Programme(Base):
    """A series of events under one name and one postal address."""

    __tablename__ = "programmes"

    id: Mapped[Id]
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    support_email: Mapped[str] = mapped_column(server_default="")
    postal_address: Mapped[str] = mapped_column(server_default="")  # the law asks for it in bulk mail
    locale: Mapped[str] = mapped_column(server_default="en")
    timezone: Mapped[str] = mapped_column(server_default="UTC")
    created_at: Mapped[CreatedAt]

    def __str__(self) -> str:
        return self.name


class Event(Base):
    """One edition: a day, a cohort, a course. Its slug never changes."""

    __tablename__ = "events"

    id: Mapped[Id]
    programme_id: Mapped[BigInt] = mapped_column(ForeignKey("programmes.id"))
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    city: Mapped[str] = mapped_column(server_default="")
    country: Mapped[str] = mapped_column(server_default="")
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    timezone: Mapped[str] = mapped_column(server_default="UTC")
    locale: Mapped[str] = mapped_column(server_default="en")
    url: Mapped[str] = mapped_column(server_default="")
    state: Mapped[str] = mapped_column(server_default="open")
    created_at: Mapped[CreatedAt]

    programme: Mapped[Programme] = relationship(lazy="joined")

    __table_args__ = (
        CheckConstraint("slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'", name="slug_is_ascii"),
        CheckConstraint(
            "state IN ('planned', 'open', 'closed', 'archived', 'postponed', 'cancelled')", name="state"
        ),
        CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name="ends_after_start"),
        Index(None, "programme_id", "starts_on"),
    )

    def __str__(self) -> str:
        return self.name
