"""A letter's words: the copy that is being written, and every version that was kept."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, DateTime, ForeignKey, Index, UniqueConstraint, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.core.database import Base, BigInt, CreatedAt, Id
from webapp.mail.domain.states import LetterState


class LayoutVersion(Base):
    """A layout as it stood when a letter was made from it. A new file content is a new version."""

    __tablename__ = "layout_versions"

    id: Mapped[Id]
    key: Mapped[str]
    checksum: Mapped[str]
    source: Mapped[str]
    created_at: Mapped[CreatedAt]

    __table_args__ = (UniqueConstraint("key", "checksum"),)


class Letter(Base):
    """The working copy. ``revision`` guards against two editors; only versions are ever sent."""

    __tablename__ = "letters"

    id: Mapped[Id]
    programme_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("programmes.id"))
    event_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("events.id"))
    author_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    sender_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("senders.id"))
    title: Mapped[str] = mapped_column(server_default="")
    subject: Mapped[str] = mapped_column(server_default="")
    preheader: Mapped[str] = mapped_column(server_default="")
    layout: Mapped[str] = mapped_column(server_default="simple")
    slots: Mapped[dict[str, str]] = mapped_column(JSONB, server_default="{}")
    text: Mapped[str | None]  # none: made from the HTML
    reason: Mapped[str] = mapped_column(server_default="")  # why you get this
    locale: Mapped[str] = mapped_column(server_default="en")
    is_essential: Mapped[bool] = mapped_column(server_default="false")
    audience: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    state: Mapped[str] = mapped_column(server_default=LetterState.DRAFT)
    revision: Mapped[int] = mapped_column(server_default="1")
    editor_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    edited_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())

    __table_args__ = (
        CheckConstraint("state IN ('draft', 'ready', 'sent', 'archived')", name="state_known"),
        Index(None, "programme_id", "event_id"),
        Index(None, "updated_at"),
    )


class LetterVersion(Base):
    """A letter as it was kept, with what was made of it once: cleaned and inlined HTML, plain text."""

    __tablename__ = "letter_versions"

    id: Mapped[Id]
    letter_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("letters.id"))
    number: Mapped[int]
    author_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    layout_version_id: Mapped[BigInt] = mapped_column(ForeignKey("layout_versions.id"))
    subject: Mapped[str]
    preheader: Mapped[str] = mapped_column(server_default="")
    slots: Mapped[dict[str, str]] = mapped_column(JSONB, server_default="{}")
    text: Mapped[str | None]
    reason: Mapped[str] = mapped_column(server_default="")
    locale: Mapped[str] = mapped_column(server_default="en")
    is_essential: Mapped[bool] = mapped_column(server_default="false")
    # made once, template tags still in them; a version is never made anew
    assembled_html: Mapped[str]
    assembled_text: Mapped[str]
    # of all that a version of a letter by rule or decision is made of; the same words are kept once
    checksum: Mapped[str | None] = mapped_column(unique=True)
    created_at: Mapped[CreatedAt]

    layout_version: Mapped[LayoutVersion] = relationship(lazy="joined")

    __table_args__ = (UniqueConstraint("letter_id", "number"),)
