"""Newsletters: lists, who is on them, and the ledger of what each person agreed to."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, DateTime, ForeignKey, Index, UniqueConstraint, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.core.database import Base, BigInt, CreatedAt, Id
from webapp.people.models.person import Person


class NewsletterList(Base):
    """A newsletter of a programme. ``remote_*`` say where it also lives, while a programme moves over."""

    __tablename__ = "newsletter_lists"

    id: Mapped[Id]
    programme_id: Mapped[BigInt] = mapped_column(ForeignKey("programmes.id", ondelete="CASCADE"))
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    description: Mapped[str] = mapped_column(server_default="")
    locale: Mapped[str] = mapped_column(server_default="en")
    consent_words: Mapped[str]  # what a person agrees to; copied into the ledger as it stood
    is_public: Mapped[bool] = mapped_column(server_default="true")
    is_archived: Mapped[bool] = mapped_column(server_default="false")
    remote_list: Mapped[str] = mapped_column(server_default="")  # Mailchimp's audience id
    remote_key: Mapped[str] = mapped_column(server_default="")  # encrypted
    remote_state: Mapped[str] = mapped_column(server_default="off")  # off, idle, due, running, failed
    remote_error: Mapped[str] = mapped_column(server_default="")
    remote_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))  # up to when both sides agree
    remote_next_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    remote_lease_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    remote_report: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    created_at: Mapped[CreatedAt]

    __table_args__ = (
        CheckConstraint(
            "remote_state IN ('off', 'idle', 'due', 'running', 'failed')", name="remote_state_known"
        ),
        Index(None, "programme_id"),
    )


class Subscription(Base):
    """A person's place on a list. Only *subscribed* ones are ever written to."""

    __tablename__ = "subscriptions"

    id: Mapped[Id]
    list_id: Mapped[BigInt] = mapped_column(ForeignKey("newsletter_lists.id", ondelete="CASCADE"))
    person_id: Mapped[BigInt] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    state: Mapped[str] = mapped_column(server_default="pending")
    source: Mapped[str] = mapped_column(server_default="")  # for example: application 12, Kraków
    locale: Mapped[str] = mapped_column(server_default="")
    token_version: Mapped[int] = mapped_column(server_default="1")
    asked_count: Mapped[int] = mapped_column(server_default="0")  # how often the confirmation was sent
    state_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    created_at: Mapped[CreatedAt]

    person: Mapped[Person] = relationship(lazy="joined")

    __table_args__ = (
        UniqueConstraint("list_id", "person_id"),
        CheckConstraint("state IN ('pending', 'subscribed', 'unsubscribed', 'bounced')", name="state_known"),
        Index(None, "person_id"),
        Index(None, "list_id", "state"),
    )


class Consent(Base):
    """An entry of the ledger: who agreed to or withdrew what, when, where, in which words. Never changed."""

    __tablename__ = "consents"

    id: Mapped[Id]
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    list_id: Mapped[int | None] = mapped_column(
        BigInteger, ForeignKey("newsletter_lists.id", ondelete="SET NULL")
    )
    person_id: Mapped[BigInt] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    deed: Mapped[str]
    place: Mapped[
        str
    ]  # public form, application form, import, Mailchimp, preference page, opt-out link, staff
    words: Mapped[str] = mapped_column(server_default="")
    proof: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")  # for example file, row, date
    actor_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))

    __table_args__ = (
        CheckConstraint("deed IN ('asked', 'confirmed', 'imported', 'withdrawn')", name="deed_known"),
        Index(None, "person_id"),
        Index(None, "list_id", "id"),
    )
