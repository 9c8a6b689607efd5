"""The form of an event: when it is open, and what it asks."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, DateTime, ForeignKey, Index, UniqueConstraint, func
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TEXT
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.core.database import Base, BigInt, CreatedAt, Id


class Form(Base):
    """How people apply to attend an event. Without times it is closed."""

    __tablename__ = "forms"

    id: Mapped[Id]
    event_id: Mapped[BigInt] = mapped_column(ForeignKey("events.id", ondelete="CASCADE"), unique=True)
    programme_id: Mapped[BigInt] = mapped_column(ForeignKey("programmes.id"))
    intro: Mapped[str] = mapped_column(server_default="")  # HTML, cleaned when it was saved
    confirmation: Mapped[str] = mapped_column(server_default="")  # the organizers' words in the confirmation
    opens_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    closes_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    locale: Mapped[str] = mapped_column(server_default="en")
    is_blind: Mapped[bool] = mapped_column(
        server_default="true"
    )  # scores of others stay hidden until one's own
    revision: Mapped[int] = mapped_column(server_default="1")  # counts up with every change of its questions
    last_number: Mapped[int] = mapped_column(server_default="0")  # of the applications
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())

    questions: Mapped[list["Question"]] = relationship(
        lazy="raise", order_by="Question.position, Question.id"
    )

    __table_args__ = (
        CheckConstraint(
            "closes_at IS NULL OR opens_at IS NULL OR closes_at > opens_at", name="closes_after_opening"
        ),
        Index(None, "programme_id"),
    )


class Question(Base):
    """One question. Its key never changes, because answers are kept under it; a retired one is asked no more."""

    __tablename__ = "questions"

    id: Mapped[Id]
    form_id: Mapped[BigInt] = mapped_column(ForeignKey("forms.id", ondelete="CASCADE"))
    key: Mapped[str]
    label: Mapped[str]
    help: Mapped[str] = mapped_column(server_default="")
    kind: Mapped[str]
    choices: Mapped[list[str]] = mapped_column(ARRAY(TEXT), server_default="{}")
    is_required: Mapped[bool] = mapped_column(server_default="false")
    position: Mapped[int] = mapped_column(server_default="0")
    role: Mapped[str] = mapped_column(server_default="none")  # what Postroom itself takes from the answer
    # asked only where another answer is one of these: {"question": key, "values": [...]}
    condition: Mapped[dict[str, object] | None] = mapped_column(JSONB)
    is_hidden_from_reviewers: Mapped[bool] = mapped_column(server_default="false")
    retired_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    __table_args__ = (
        UniqueConstraint("form_id", "key"),
        CheckConstraint(
            "kind IN ('short', 'long', 'choice', 'multi', 'email', 'number', 'date', 'bool', 'url')",
            name="kind_known",
        ),
        CheckConstraint(
            "role IN ('none', 'name', 'email', 'phone', 'newsletter', 'consent')", name="role_known"
        ),
    )


class SavedView(Base):
    """A list's filters under a name of one's own."""

    __tablename__ = "saved_views"

    id: Mapped[Id]
    user_id: Mapped[BigInt] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    page: Mapped[str]  # host_applications, applications
    event_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("events.id", ondelete="CASCADE"))
    name: Mapped[str]
    query: Mapped[str]  # the page's query string, without a keyset
    created_at: Mapped[CreatedAt]

    __table_args__ = (Index(None, "user_id", "page"),)
