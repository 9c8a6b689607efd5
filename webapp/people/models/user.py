"""Staff: who signs in, and what each may do where."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, DateTime, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.core.database import Base, BigInt, CreatedAt, Id
from webapp.people.models.person import Person
from webapp.people.models.sign_in import SignIn


class Role(StrEnum):
    """What a member of staff is, and with it how far they see."""

    ADMINISTRATOR = "administrator"  # everything
    SUPPORT = "support"  # one programme with all its events
    ORGANIZER = "organizer"  # one event
    REVIEWER = "reviewer"  # one event's applications, to score them; nothing else


OF_AN_EVENT = frozenset({Role.ORGANIZER, Role.REVIEWER})
"""Roles whose place is one event."""


class User(Base, SignIn):
    """A member of staff. The columns that are not ours are those that Flask-Security asks for."""

    __tablename__ = "users"

    id: Mapped[Id]
    person_id: Mapped[BigInt] = mapped_column(ForeignKey("people.id"), unique=True)
    email: Mapped[str] = mapped_column(unique=True)
    password: Mapped[str | None]
    active: Mapped[bool] = mapped_column(server_default="true")
    fs_uniquifier: Mapped[str] = mapped_column(unique=True)
    timezone: Mapped[str] = mapped_column(server_default="")
    theme: Mapped[str] = mapped_column(server_default="auto")
    created_at: Mapped[CreatedAt]
    confirmed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    last_login_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    current_login_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    last_login_ip: Mapped[str | None]
    current_login_ip: Mapped[str | None]
    login_count: Mapped[int] = mapped_column(server_default="0")

    person: Mapped[Person] = relationship(lazy="joined")
    grants: Mapped[list["Grant"]] = relationship(back_populates="user", lazy="selectin", passive_deletes=True)

    @property
    def display_name(self) -> str:
        """Return the name by which colleagues know them."""
        return self.person.name or self.email


class Grant(Base):
    """A role in a place. Writing letters comes with every role; sending them is ``may_send``."""

    __tablename__ = "grants"

    id: Mapped[Id]
    user_id: Mapped[BigInt] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    role: Mapped[str]
    programme_id: Mapped[int | None] = mapped_column(
        BigInteger, ForeignKey("programmes.id", ondelete="CASCADE")
    )
    event_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("events.id", ondelete="CASCADE"))
    may_send: Mapped[bool] = mapped_column(server_default="false")
    created_at: Mapped[CreatedAt]

    user: Mapped[User] = relationship(back_populates="grants", lazy="raise")

    __table_args__ = (
        CheckConstraint(
            "(role = 'administrator' AND programme_id IS NULL AND event_id IS NULL)"
            " OR (role = 'support' AND programme_id IS NOT NULL AND event_id IS NULL)"
            " OR (role IN ('organizer', 'reviewer') AND event_id IS NOT NULL)",
            name="role_has_its_place",
        ),
        Index(
            "uq_grants_place",
            "user_id",
            "role",
            text("coalesce(programme_id, 0)"),
            text("coalesce(event_id, 0)"),
            unique=True,
        ),
    )
