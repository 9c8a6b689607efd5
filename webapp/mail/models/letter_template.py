"""A programme's or event's own words for a letter that Postroom writes by itself."""

from datetime import datetime

from sqlalchemy import BigInteger, DateTime, ForeignKey, Index, func
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from webapp.core.database import Base, CreatedAt, Id


class LetterTemplate(Base):
    """Words for one role in one language; the closest to the event wins (``queries/templates.py``)."""

    __tablename__ = "letter_templates"

    id: Mapped[Id]
    role: Mapped[str]
    locale: Mapped[str]  # "" is for every language that has none of its own
    programme_id: Mapped[int | None] = mapped_column(
        BigInteger, ForeignKey("programmes.id", ondelete="CASCADE")
    )
    event_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("events.id", ondelete="CASCADE"))
    subject: Mapped[str]
    preheader: Mapped[str] = mapped_column(server_default="")
    layout: Mapped[str] = mapped_column(server_default="simple")
    slots: Mapped[dict[str, str]] = mapped_column(JSONB, server_default="{}")
    text: Mapped[str | None]  # none: made from the HTML
    reason: Mapped[str]
    revision: Mapped[int] = mapped_column(server_default="1")
    author_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())

    __table_args__ = (
        Index(
            "uq_letter_templates_place",
            "role",
            "locale",
            sql("coalesce(programme_id, 0)"),
            sql("coalesce(event_id, 0)"),
            unique=True,
        ),
    )
